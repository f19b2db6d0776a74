// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import io.gatewaykit.api.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Counts reservations, and records the order in which threads were admitted; has its own queue. */
final class CountedLimiter implements RateLimiter<String> {
  private final RateLimiter<String> limiter;
  private final WaitQueue<String> queue = WaitQueue.of(10_000);
  private final List<Thread> admitted = new ArrayList<>();
  private int calls;

  CountedLimiter(RateLimiter<String> limiter) {
    this.limiter = limiter;
  }

  synchronized int calls() {
    return calls;
  }

  synchronized List<Thread> admitted() {
    return List.copyOf(admitted);
  }

  @Override
  public Ticker ticker() {
    return limiter.ticker();
  }

  @Override
  public synchronized Reservation reserve(String key, long cost, Duration maxDelay) {
    calls++;
    Reservation reservation = limiter.reserve(key, cost, maxDelay);
    if (reservation.admitted()) {
      admitted.add(Thread.currentThread());
    }
    return reservation;
  }

  @Override
  public WaitQueue<String> waitQueue() {
    return queue;
  }

  @Override
  public long decide(String key, long cost) {
    return limiter.decide(key, cost);
  }

  @Override
  public Decision check(String key, long cost) {
    return limiter.check(key, cost);
  }

  @Override
  public Decision peek(String key, long cost) {
    return limiter.peek(key, cost);
  }

  @Override
  public boolean tryAcquire(String key) {
    return limiter.tryAcquire(key);
  }

  @Override
  public Balance charge(String key, long cost) {
    return limiter.charge(key, cost);
  }

  @Override
  public void reset(String key) {
    limiter.reset(key);
  }
}
