// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Delegates to a limiter with other keys, which are derived from the caller's. */
final class RekeyedLimiter<K, P> implements RateLimiter<K> {
  private final RateLimiter<P> limiter;
  private final Function<? super K, ? extends P> key;

  RekeyedLimiter(RateLimiter<P> limiter, Function<? super K, ? extends P> key) {
    this.limiter = requireNonNull(limiter, "limiter");
    this.key = requireNonNull(key, "key");
  }

  private P of(K whole) {
    return key.apply(Arguments.notNull("key", whole));
  }

  @Override
  public boolean tryAcquire(K key) {
    return limiter.tryAcquire(of(key));
  }

  @Override
  public long decide(K key, long cost) {
    return limiter.decide(of(key), cost);
  }

  @Override
  public Decision check(K key, long cost) {
    return limiter.check(of(key), cost);
  }

  @Override
  public Decision peek(K key, long cost) {
    return limiter.peek(of(key), cost);
  }

  @Override
  public Decision peek(K key, long cost, Duration maxDelay) {
    return limiter.peek(of(key), cost, maxDelay);
  }

  @Override
  public Reservation reserve(K key, long cost, Duration maxDelay) {
    return limiter.reserve(of(key), cost, maxDelay);
  }

  @Override
  public long tryAcquireUpTo(K key, long max) {
    return limiter.tryAcquireUpTo(of(key), max);
  }

  @Override
  public Balance charge(K key, long cost) {
    return limiter.charge(of(key), cost);
  }

  @Override
  public void reset(K key) {
    limiter.reset(of(key));
  }

  @Override
  public boolean isRemote() {
    return limiter.isRemote();
  }

  @Override
  public CompletableFuture<Decision> checkAsync(K key, long cost) {
    return limiter.checkAsync(of(key), cost);
  }

  @Override
  public CompletableFuture<Decision> peekAsync(K key, long cost) {
    return limiter.peekAsync(of(key), cost);
  }

  @Override
  public CompletableFuture<Decision> peekAsync(K key, long cost, Duration maxDelay) {
    return limiter.peekAsync(of(key), cost, maxDelay);
  }

  @Override
  public CompletableFuture<Reservation> reserveAsync(K key, long cost, Duration maxDelay) {
    return limiter.reserveAsync(of(key), cost, maxDelay);
  }

  @Override
  public CompletableFuture<Balance> chargeAsync(K key, long cost) {
    return limiter.chargeAsync(of(key), cost);
  }

  @Override
  public Ticker ticker() {
    return limiter.ticker();
  }
}
