package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Permits that were taken, and can be given back or paid for at their true price once: the first
 * call of {@link #cancel} or {@link #settle} counts, later ones do nothing. Thread-safe.
 *
 * <p>What is given back late is less than what was taken, because part of it has leaked out of the
 * bucket meanwhile: never so much that the limiter ends up emptier than if the request had never
 * been made. At the instant of the reservation all of it is given back.
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
   * @param settlement what to do, at most once, with the true cost; 0 if cancelled
   */
  public static Reservation of(Decision decision, LongConsumer settlement) {
    return new Reservation(decision, requireNonNull(settlement, "settlement"));
  }

  /** Returns the outcome of a refused request, for which nothing was taken. */
  public static Reservation refused(Decision decision) {
    return new Reservation(decision, null);
  }

  /** Returns the decision. */
  public Decision decision() {
    return decision;
  }

  /** Tells whether permits were taken. */
  public boolean admitted() {
    return decision.admitted();
  }

  /** Gives back what was taken. Returns whether this was the call that did. */
  public boolean cancel() {
    return settleAt(0);
  }

  /**
   * Corrects the cost to what the request really needed: takes the difference, as far as the bucket
   * and the limit's debt hold it, or gives it back.
   *
   * @param actualCost 0 or more
   * @return whether this was the call that did
   * @throws IllegalArgumentException if the cost is negative
   */
  public boolean settle(long actualCost) {
    if (actualCost < 0) {
      throw new IllegalArgumentException("actualCost: " + actualCost + " (expected: >= 0)");
    }
    return settleAt(actualCost);
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
