// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.ratelimit.Balance;
import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.Decision.Source;
import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.Reservation;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Decides while Redis is unavailable, according to a limiter's {@link FailurePolicy}. */
final class Fallback {
  private static final Duration CLOSED_FOR = Duration.ofSeconds(1);

  /** Far above any realistic number of tiers. */
  private static final int MAX_TIERS = 64;

  private final FailurePolicy policy;
  private final int nodes;
  private final int maxKeys;
  private final Ticker ticker;

  /** One set of buckets per distinct limit; keys with equal limits share a set. */
  private final ConcurrentHashMap<Limit, KeyedLeakyBucket<String>> local =
      new ConcurrentHashMap<>();

  Fallback(LimiterSettings settings, Ticker ticker) {
    this.policy = settings.failurePolicy();
    this.nodes = settings.nodes();
    this.maxKeys = settings.fallbackKeys();
    this.ticker = ticker;
  }

  /**
   * Returns one node's share of a limit: an exact fraction of the rate, and the same fraction of
   * the burst, rounded down.
   *
   * @throws IllegalArgumentException if the share is below one permit in ten years
   */
  static Limit share(Limit limit, int nodes) {
    if (nodes == 1 || limit.isUnlimited() || limit.isBlocked()) {
      return limit;
    }
    return new Limit(
        limit.permits(),
        limit.per().multipliedBy(nodes),
        limit.burst() / nodes,
        limit.delayAfter() / nodes,
        limit.maxDebt() / nodes,
        limit.overdraft() / nodes);
  }

  /** Counts a request admitted by Redis, so that an outage starts with the current backlog. */
  void admitted(String key, Limit limit, long cost) {
    if (policy == FailurePolicy.LOCAL) {
      // A cost that exceeds the share is not added: the share is then already used up.
      var unused = bucket(limit).decide(key, cost);
    }
  }

  /**
   * Counts a reservation in Redis. Settling the result settles this node's share as well; null if
   * the policy has no share.
   */
  @Nullable Reservation reserved(String key, Limit limit, long cost) {
    return policy == FailurePolicy.LOCAL
        ? bucket(limit).reserve(key, cost, Duration.ofNanos(Long.MAX_VALUE))
        : null;
  }

  Decision check(String key, Limit limit, long cost) {
    return switch (policy) {
      case LOCAL -> marked(bucket(limit).check(key, cost), limit);
      case OPEN -> open(limit);
      case CLOSED -> closed(limit);
    };
  }

  Decision peek(String key, Limit limit, long cost) {
    return policy == FailurePolicy.LOCAL
        ? marked(bucket(limit).peek(key, cost), limit)
        : check(key, limit, cost);
  }

  Reservation reserve(String key, Limit limit, long cost, Duration maxDelay) {
    return switch (policy) {
      case LOCAL -> {
        Reservation local = bucket(limit).reserve(key, cost, maxDelay);
        Decision decision = marked(local.decision(), limit);
        yield local.admitted()
            ? Reservation.of(decision, local::settle)
            : Reservation.rejected(decision);
      }
      case OPEN -> Reservation.of(open(limit), actual -> {});
      case CLOSED -> Reservation.rejected(closed(limit));
    };
  }

  Balance charge(String key, Limit limit, long cost) {
    return policy == FailurePolicy.LOCAL
        ? bucket(limit).charge(key, cost)
        : new Balance(0, Duration.ZERO, cost);
  }

  void reset(String key, Limit limit) {
    KeyedLeakyBucket<String> known = local.get(limit);
    if (known != null) {
      known.reset(key);
    }
  }

  private KeyedLeakyBucket<String> bucket(Limit limit) {
    KeyedLeakyBucket<String> known = local.get(limit);
    if (known != null) {
      return known;
    }
    if (local.size() >= MAX_TIERS) {
      local.clear(); // limits that change repeatedly
    }
    return local.computeIfAbsent(
        limit,
        l ->
            KeyedLeakyBucket.<String>builder()
                .limit(share(l, nodes))
                .maxKeys(maxKeys)
                .ticker(ticker)
                .build());
  }

  /** Clients see the limit that they know, not this node's share. */
  private static Decision marked(Decision d, Limit limit) {
    return new Decision(
        d.outcome(),
        d.delay(),
        d.retryAfter(),
        d.resetAfter(),
        d.remaining(),
        limit,
        Source.FALLBACK,
        d.parts());
  }

  private static Decision open(Limit limit) {
    return Decision.of(0, 0, limit.burst() + 1, limit, Source.FALLBACK);
  }

  private static Decision closed(Limit limit) {
    return Decision.of(-CLOSED_FOR.toNanos(), CLOSED_FOR.toNanos(), 0, limit, Source.FALLBACK);
  }
}
