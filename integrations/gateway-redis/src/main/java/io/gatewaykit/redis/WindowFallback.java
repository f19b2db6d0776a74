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
import org.jspecify.annotations.Nullable;

/** Decides for a window counter while Redis is unavailable, by a {@link FailurePolicy}. */
final class WindowFallback {
  private static final Duration CLOSED_FOR = Duration.ofSeconds(1);

  private final FailurePolicy policy;
  private final int nodes;
  private final WindowCounter<String> local;

  /** Creates the share of one node. */
  WindowFallback(WindowSettings settings) {
    policy = settings.common().failurePolicy();
    nodes = settings.common().nodes();
    // Never rejects new keys for lack of slots: with a daily window that would last a day.
    WindowCounterBuilder<String> share =
        WindowCounter.<String>builder()
            .maxKeys(settings.common().fallbackKeys())
            .overflow(OverflowPolicy.ALLOW);
    for (int i = 0; i < settings.limits().size(); i++) {
      settings.shapes().get(i).addTo(share, part(settings.limits().get(i)));
    }
    local = share.clock(settings.clock()).build();
  }

  private Limit part(Limit limit) {
    return Limit.of(Math.max(1, limit.permits() / nodes), limit.per());
  }

  /** Counts a request admitted by Redis, so that an outage starts with the current usage. */
  @Nullable Reservation admitted(String key, long cost) {
    return policy == FailurePolicy.LOCAL ? local.reserve(key, cost, Duration.ZERO) : null;
  }

  Reservation reserve(String key, long cost, Limit shown) {
    return switch (policy) {
      case LOCAL -> {
        Reservation share = local.reserve(key, cost, Duration.ZERO);
        Decision decision = marked(share.decision(), shown);
        yield share.admitted()
            ? Reservation.of(decision, share::settle)
            : Reservation.rejected(decision);
      }
      case OPEN -> Reservation.of(open(shown), actual -> {});
      case CLOSED -> Reservation.rejected(closed(shown));
    };
  }

  Decision peek(String key, long cost, Limit shown) {
    return switch (policy) {
      case LOCAL -> marked(local.peek(key, cost), shown);
      case OPEN -> open(shown);
      case CLOSED -> closed(shown);
    };
  }

  Balance charge(String key, long cost) {
    return policy == FailurePolicy.LOCAL
        ? local.charge(key, cost)
        : new Balance(0, Duration.ZERO, cost);
  }

  void reset(String key) {
    local.reset(key);
  }

  void reconfigure(int window, Limit limit) {
    local.reconfigure(window, part(limit));
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
