// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.gatewaykit.ratelimit.Balance;
import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.Decision.Source;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.OverflowPolicy;
import io.gatewaykit.ratelimit.Reservation;
import io.gatewaykit.ratelimit.WindowCounter;
import io.gatewaykit.ratelimit.WindowCounterBuilder;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides for a window counter while Redis is unavailable, by a {@link FailurePolicy}. A key with
 * its own limits keeps this node's share of them.
 */
final class WindowFallback {
  private static final Duration CLOSED_FOR = Duration.ofSeconds(1);

  private final FailurePolicy policy;
  private final int nodes;
  private final WindowCounter<Key> local;

  /** The name of a key, with its limits; hashed as the name alone. */
  private record Key(String name, List<Limit> limits) implements CharSequence {
    @Override
    public int length() {
      return name.length();
    }

    @Override
    public char charAt(int index) {
      return name.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return name.subSequence(start, end);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** Creates the share of one node. */
  WindowFallback(WindowSettings settings) {
    policy = settings.common().failurePolicy();
    nodes = settings.common().nodes();
    // Never rejects new keys for lack of slots: with a daily window that would last a day.
    WindowCounterBuilder<Key> share =
        WindowCounter.<Key>builder()
            .maxKeys(settings.common().fallbackKeys())
            .overflow(OverflowPolicy.ALLOW);
    for (int i = 0; i < settings.limits().size(); i++) {
      int window = i;
      settings.shapes().get(i).addTo(share, part(settings.limits().get(i)));
      share.limits(key -> part(key.limits().get(window)));
    }
    local = share.clock(settings.clock()).build();
  }

  private Limit part(Limit limit) {
    return limit.isUnlimited() || limit.isBlocked()
        ? limit
        : Limit.of(Math.max(1, limit.permits() / nodes), limit.per());
  }

  /** Counts a request admitted by Redis, so that an outage starts with the current usage. */
  @Nullable Reservation admitted(String name, List<Limit> limits, long cost) {
    return policy == FailurePolicy.LOCAL
        ? local.reserve(new Key(name, limits), cost, Duration.ZERO)
        : null;
  }

  Reservation reserve(String name, List<Limit> limits, long cost) {
    Limit shown = limits.get(0);
    return switch (policy) {
      case LOCAL -> {
        Reservation share = local.reserve(new Key(name, limits), cost, Duration.ZERO);
        Decision decision = marked(share.decision(), shown);
        yield share.admitted()
            ? Reservation.of(decision, share::settle)
            : Reservation.rejected(decision);
      }
      case OPEN -> Reservation.of(open(shown), actual -> {});
      case CLOSED -> Reservation.rejected(closed(shown));
    };
  }

  Decision peek(String name, List<Limit> limits, long cost) {
    Limit shown = limits.get(0);
    return switch (policy) {
      case LOCAL -> marked(local.peek(new Key(name, limits), cost), shown);
      case OPEN -> open(shown);
      case CLOSED -> closed(shown);
    };
  }

  Balance charge(String name, List<Limit> limits, long cost) {
    return policy == FailurePolicy.LOCAL
        ? local.charge(new Key(name, limits), cost)
        : new Balance(0, Duration.ZERO, cost);
  }

  void reset(String name) {
    local.reset(new Key(name, List.of())); // needs no limits
  }

  /** Clients see the limit that they know, not this node's share. */
  private static Decision marked(Decision d, Limit shown) {
    return new Decision(
        d.outcome(),
        d.delay(),
        d.retryAfter(),
        d.resetAfter(),
        d.remaining(),
        shown,
        Source.FALLBACK,
        d.parts());
  }

  private static Decision open(Limit shown) {
    return Decision.of(0, 0, shown.permits(), shown, Source.FALLBACK);
  }

  private static Decision closed(Limit shown) {
    long wait = CLOSED_FOR.toNanos();
    return Decision.of(-wait, wait, 0, shown, Source.FALLBACK);
  }
}
