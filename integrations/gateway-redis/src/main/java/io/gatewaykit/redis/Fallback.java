package io.gatewaykit.redis;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.Decision.Source;
import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.Reservation;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;

/** Decides while Redis does not, by a limiter's {@link FailurePolicy}. */
final class Fallback {
  private static final Duration CLOSED_FOR = Duration.ofSeconds(1);

  /** Far more tiers than anybody has. */
  private static final int MOST_TIERS = 64;

  private final FailurePolicy policy;
  private final int nodes;
  private final int maxKeys;
  private final Ticker ticker;

  /** One set of buckets for each limit there is; only what differs in limit is told apart. */
  private final ConcurrentHashMap<Limit, KeyedLeakyBucket<String>> local =
      new ConcurrentHashMap<>();

  Fallback(FailurePolicy policy, int nodes, int maxKeys, Ticker ticker) {
    this.policy = policy;
    this.nodes = nodes;
    this.maxKeys = maxKeys;
    this.ticker = ticker;
  }

  /**
   * Returns one node's share of a limit: a fraction of the rate, exactly, and of the burst, rounded
   * down.
   *
   * @throws IllegalArgumentException if it would be slower than one in ten years
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
        limit.maxDebt() / nodes);
  }

  /** Counts what Redis admitted, so that an outage begins with what is already owed. */
  void admitted(String key, Limit limit, long cost) {
    if (policy == FailurePolicy.LOCAL) {
      // What does not fit the share fills it no further: the share is then used up as it is.
      var unused = bucket(limit).decide(key, cost);
    }
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
            : Reservation.refused(decision);
      }
      case OPEN -> Reservation.of(open(limit), actual -> {});
      case CLOSED -> Reservation.refused(closed(limit));
    };
  }

  private KeyedLeakyBucket<String> bucket(Limit limit) {
    KeyedLeakyBucket<String> known = local.get(limit);
    if (known != null) {
      return known;
    }
    if (local.size() >= MOST_TIERS) {
      local.clear(); // limits that were changed again and again
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

  /** Clients are told of the limit they know, not of this node's share. */
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
