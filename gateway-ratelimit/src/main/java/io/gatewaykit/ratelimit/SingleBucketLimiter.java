package io.gatewaykit.ratelimit;

import static io.gatewaykit.ratelimit.Decision.Source.LOCAL;

import io.gatewaykit.api.Ticker;
import java.time.Duration;

/** One bucket for all keys. */
final class SingleBucketLimiter<K> implements RateLimiter<K> {
  private final LeakyBucketCore core;
  private final long spare;

  SingleBucketLimiter(LeakyBucketCore core, long spare) {
    this.core = core;
    this.spare = spare;
  }

  @Override
  public boolean tryAcquire(K key) {
    Arguments.key(key);
    return core.take(1, spare, 0, null) == 0;
  }

  @Override
  public long decide(K key, long cost) {
    Arguments.key(key);
    return core.take(Arguments.cost(cost), spare, Long.MAX_VALUE, null);
  }

  @Override
  public Decision check(K key, long cost) {
    return decision(key, cost, Long.MAX_VALUE);
  }

  @Override
  public Decision peek(K key, long cost) {
    return decision(key, cost, LeakyBucketCore.NOTHING);
  }

  private Decision decision(K key, long cost, long maxDelay) {
    Arguments.key(key);
    var trace = new LeakyBucketCore.Trace();
    return trace.decision(core.take(Arguments.cost(cost), spare, maxDelay, trace), spare, LOCAL);
  }

  @Override
  public Reservation reserve(K key, long cost, Duration maxDelay) {
    Arguments.key(key);
    long most = Arguments.nanos("maxDelay", maxDelay);
    var trace = new LeakyBucketCore.Trace();
    long answer = core.take(Arguments.cost(cost), spare, most, trace);
    Decision decision = trace.decision(answer, spare, LOCAL).within(most);
    return decision.admitted()
        ? Reservation.of(decision, actual -> core.settle(trace, cost, actual))
        : Reservation.refused(decision);
  }

  @Override
  public Ticker ticker() {
    return core.ticker;
  }
}
