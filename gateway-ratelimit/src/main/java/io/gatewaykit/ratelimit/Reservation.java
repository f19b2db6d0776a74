// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Granted permits that can be returned or settled to their actual cost once: the first call of
 * {@link #cancel} or {@link #settle} takes effect, later ones do nothing. After a {@link
 * RateLimiter#reset} of its key, a reservation returns nothing. Thread-safe.
 *
 * <p>A bucket drains while a reservation is open. The refund is exactly the amount by which its
 * backlog would be lower had the request cost less from the start: the full difference while the
 * bucket would not have run empty since, and otherwise less by the time during which it would have
 * been empty, because capacity cannot be saved for later.
 */
public final class Reservation {
  private final Decision decision;
  private final AtomicReference<@Nullable LongConsumer> open;

  private Reservation(Decision decision, @Nullable LongConsumer settlement) {
    this.decision = requireNonNull(decision, "decision");
    this.open = new AtomicReference<>(settlement);
  }

  /**
   * Returns the reservation of an admitted request; for limiters of other stores.
   *
   * @param settlement called at most once, with the actual cost; 0 if cancelled
   */
  public static Reservation of(Decision decision, LongConsumer settlement) {
    return new Reservation(decision, requireNonNull(settlement, "settlement"));
  }

  /**
   * Returns the reservation of a request that was admitted and took nothing; for limiters of other
   * stores.
   *
   * @param charge called at most once, with the actual cost if it is not 0
   */
  public static Reservation free(Decision decision, LongConsumer charge) {
    requireNonNull(charge, "charge");
    return decision.admitted()
        ? new Reservation(
            decision,
            actual -> {
              if (actual > 0) {
                charge.accept(actual);
              }
            })
        : rejected(decision);
  }

  /** Returns the result of a rejected request, which took nothing. */
  public static Reservation rejected(Decision decision) {
    return new Reservation(decision, null);
  }

  /** Returns the decision. */
  public Decision decision() {
    return decision;
  }

  /** Returns whether permits were taken. */
  public boolean admitted() {
    return decision.admitted();
  }

  /** Returns the permits to the limiter. Returns whether this call took effect. */
  public boolean cancel() {
    return settleAt(0);
  }

  /**
   * Settles to the actual cost: returns the difference, or books it up to the capacity of the
   * bucket, the limit's debt and its {@link Limit#overdraft}. A window books all of it. If the
   * reserved cost was 0, all of it is booked as by {@link RateLimiter#charge}.
   *
   * @param actualCost 0 or more
   * @return whether this call took effect
   * @throws IllegalArgumentException if the cost is negative
   */
  public boolean settle(long actualCost) {
    return settleAt(Arguments.notNegative("actualCost", actualCost));
  }

  private boolean settleAt(long actualCost) {
    LongConsumer settlement = open.getAndSet(null);
    if (settlement == null) {
      return false;
    }
    settlement.accept(actualCost);
    return true;
  }

  @Override
  public String toString() {
    return "Reservation[" + decision + "]";
  }
}
