// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static io.gatewaykit.ratelimit.Decision.Source.LOCAL;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import java.time.Duration;

/** One bucket for all keys. */
final class SingleBucketLimiter<K> implements RateLimiter<K> {
  private final LeakyBucketCore core;
  private final WaitQueue<K> waitQueue;
  private final long reserved;

  SingleBucketLimiter(LeakyBucketCore core, WaitQueue<K> waitQueue, long reserved) {
    this.core = core;
    this.waitQueue = waitQueue;
    this.reserved = reserved;
  }

  @Override
  public boolean tryAcquire(K key) {
    Arguments.notNull("key", key);
    return core.take(1, reserved, 0, null) == 0;
  }

  @Override
  public long decide(K key, long cost) {
    Arguments.notNull("key", key);
    long permits = Arguments.notNegative("cost", cost);
    return permits == 0
        ? core.take(1, reserved, LeakyBucketCore.NOTHING, null)
        : core.take(permits, reserved, Long.MAX_VALUE, null);
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
    Arguments.notNull("key", key);
    var trace = new LeakyBucketCore.Trace();
    long permits = Arguments.notNegative("cost", cost);
    long most = permits == 0 ? LeakyBucketCore.NOTHING : maxDelay;
    return trace.decision(core.take(Math.max(1, permits), reserved, most, trace), reserved, LOCAL);
  }

  @Override
  public Decision peek(K key, long cost, Duration maxDelay) {
    Arguments.notNull("key", key);
    long permits = Math.max(1, Arguments.notNegative("cost", cost));
    var trace = new LeakyBucketCore.Trace();
    long answer = core.take(permits, reserved, LeakyBucketCore.NOTHING, trace);
    return trace.decision(answer, permits, reserved, Arguments.nanos("maxDelay", maxDelay), LOCAL);
  }

  @Override
  public Reservation reserve(K key, long cost, Duration maxDelay) {
    Arguments.notNull("key", key);
    long most = Arguments.nanos("maxDelay", maxDelay);
    if (Arguments.notNegative("cost", cost) == 0) {
      return Reservation.free(peek(key, 0, maxDelay), actual -> charge(key, actual));
    }
    var trace = new LeakyBucketCore.Trace();
    long answer = core.reserve(cost, reserved, most, trace);
    Decision decision = trace.decision(answer, cost, reserved, most, LOCAL);
    return decision.admitted()
        ? Reservation.of(decision, actual -> core.settle(trace, cost, actual))
        : Reservation.rejected(decision);
  }

  @Override
  public long tryAcquireUpTo(K key, long max) {
    Arguments.notNull("key", key);
    return core.takeUpTo(Arguments.notNegative("cost", max), reserved);
  }

  @Override
  public Balance charge(K key, long cost) {
    Arguments.notNull("key", key);
    return core.charge(Arguments.notNegative("cost", cost), reserved, true);
  }

  @Override
  public void reset(K key) {
    Arguments.notNull("key", key);
    core.reset();
  }

  @Override
  public WaitQueue<K> waitQueue() {
    return waitQueue;
  }

  @Override
  public Ticker ticker() {
    return core.ticker;
  }
}
