// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the decisions of another limiter, notifies a listener, and tracks the most rejected keys.
 * Thread-safe. An admission costs one additional striped counter and does not allocate. Calls of
 * {@link #peek} are not counted.
 *
 * @param <K> the type of the keys
 */
public final class MonitoredLimiter<K> implements RateLimiter<K> {
  private static final Logger log = LoggerFactory.getLogger(MonitoredLimiter.class);

  private final RateLimiter<K> limiter;
  private final RateLimitListener<? super K> listener;
  private final LongAdder allowed = new LongAdder();
  private final LongAdder delayed = new LongAdder();
  private final LongAdder rejected = new LongAdder();
  private final LongAdder impossible = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final AtomicBoolean failureLogged = new AtomicBoolean();
  private final TopOffenders<K> offenders = new TopOffenders<>();

  private final boolean shadow;

  private MonitoredLimiter(
      RateLimiter<K> limiter, RateLimitListener<? super K> listener, boolean shadow) {
    this.limiter = requireNonNull(limiter, "limiter");
    this.listener = requireNonNull(listener, "listener");
    this.shadow = shadow;
  }

  /** Returns a limiter that counts the decisions of the given one. */
  public static <K> MonitoredLimiter<K> of(RateLimiter<K> limiter) {
    return of(limiter, new RateLimitListener<K>() {});
  }

  /** Returns a limiter that counts the decisions of the given one and notifies a listener. */
  public static <K> MonitoredLimiter<K> of(
      RateLimiter<K> limiter, RateLimitListener<? super K> listener) {
    return new MonitoredLimiter<>(limiter, listener, false);
  }

  /**
   * Returns a limiter that counts the decisions of the given one and notifies a listener, but
   * admits all requests immediately: to measure the effect of a limit before enforcing it. A
   * request that would have been rejected takes nothing. {@link Decision#remaining} is the given
   * limiter's.
   */
  public static <K> MonitoredLimiter<K> shadow(
      RateLimiter<K> limiter, RateLimitListener<? super K> listener) {
    return new MonitoredLimiter<>(limiter, listener, true);
  }

  @Override
  public boolean tryAcquire(K key) {
    boolean admitted = limiter.tryAcquire(key);
    note(key, 1, admitted ? 0 : -1);
    return admitted || shadow;
  }

  @Override
  public long decide(K key, long cost) {
    long answer = limiter.decide(key, cost);
    note(key, cost, answer);
    return shadow ? 0 : answer;
  }

  @Override
  public Decision check(K key, long cost) {
    return noted(key, cost, limiter.check(key, cost));
  }

  @Override
  public Decision peek(K key, long cost) {
    return shown(limiter.peek(key, cost));
  }

  @Override
  public Reservation reserve(K key, long cost, Duration maxDelay) {
    return noted(key, cost, limiter.reserve(key, cost, maxDelay));
  }

  @Override
  public Decision peek(K key, long cost, Duration maxDelay) {
    return shown(limiter.peek(key, cost, maxDelay));
  }

  @Override
  public long tryAcquireUpTo(K key, long max) {
    long taken = limiter.tryAcquireUpTo(key, max);
    note(key, taken > 0 ? taken : max, taken > 0 || max == 0 ? 0 : -1);
    return shadow ? max : taken;
  }

  @Override
  public Balance charge(K key, long cost) {
    return limiter.charge(key, cost);
  }

  @Override
  public CompletableFuture<Balance> chargeAsync(K key, long cost) {
    return limiter.chargeAsync(key, cost);
  }

  @Override
  public void reset(K key) {
    limiter.reset(key);
  }

  /** Waits as the given limiter does, and counts the result once; does not wait in shadow mode. */
  @Override
  public Reservation acquire(K key, long cost, Duration timeout) throws InterruptedException {
    return shadow
        ? reserve(key, cost, timeout)
        : noted(key, cost, limiter.acquire(key, cost, timeout));
  }

  @Override
  public CompletableFuture<Reservation> acquireAsync(
      K key, long cost, Duration timeout, ScheduledExecutorService scheduler) {
    if (shadow) {
      return reserveAsync(key, cost, timeout);
    }
    CompletableFuture<Reservation> waiting = limiter.acquireAsync(key, cost, timeout, scheduler);
    var ignored = waiting.thenAccept(reservation -> note(key, cost, answerOf(reservation)));
    return waiting; // the same future, so that cancelling it returns the permits
  }

  private static long answerOf(Reservation reservation) {
    return reservation.decision().answer();
  }

  @Override
  public boolean isRemote() {
    return limiter.isRemote();
  }

  @Override
  public CompletableFuture<Decision> checkAsync(K key, long cost) {
    return limiter.checkAsync(key, cost).thenApply(decision -> noted(key, cost, decision));
  }

  @Override
  public CompletableFuture<Decision> peekAsync(K key, long cost) {
    return limiter.peekAsync(key, cost).thenApply(this::shown);
  }

  @Override
  public CompletableFuture<Reservation> reserveAsync(K key, long cost, Duration maxDelay) {
    return limiter
        .reserveAsync(key, cost, maxDelay)
        .thenApply(reservation -> noted(key, cost, reservation));
  }

  @Override
  public Ticker ticker() {
    return limiter.ticker();
  }

  private Decision noted(K key, long cost, Decision decision) {
    note(key, cost, decision.answer());
    return shown(decision);
  }

  private Reservation noted(K key, long cost, Reservation reservation) {
    Decision shown = noted(key, cost, reservation.decision());
    return shadow
        ? Reservation.of(
            shown,
            actual -> {
              if (reservation.admitted()) {
                reservation.settle(actual);
              }
            })
        : reservation;
  }

  private Decision shown(Decision decision) {
    return shadow
        ? new Decision(
            Decision.Outcome.ALLOWED,
            Duration.ZERO,
            Duration.ZERO,
            decision.resetAfter(),
            decision.remaining(),
            decision.limit(),
            decision.source(),
            decision.parts())
        : decision;
  }

  private void note(K key, long cost, long answer) {
    (answer == 0 ? allowed : answer > 0 ? delayed : answer == IMPOSSIBLE ? impossible : rejected)
        .increment();
    if (answer < 0) {
      offenders.rejected(key);
    }
    try {
      if (answer >= 0) {
        listener.onAdmitted(key, cost, answer);
      } else {
        listener.onRejected(key, cost, answer == IMPOSSIBLE ? Long.MAX_VALUE : -answer);
      }
    } catch (RuntimeException e) {
      failures.increment();
      if (failureLogged.compareAndSet(false, true)) {
        log.warn("rate limit listener threw an exception (further ones are only counted)", e);
      }
    }
  }

  /** Returns the number of requests admitted without delay. */
  public long allowed() {
    return allowed.sum();
  }

  /** Returns the number of requests admitted with a delay. */
  public long delayed() {
    return delayed.sum();
  }

  /** Returns the number of requests rejected temporarily. */
  public long rejected() {
    return rejected.sum();
  }

  /** Returns the number of requests whose cost exceeds the limiter's capacity. */
  public long impossible() {
    return impossible.sum();
  }

  /** Returns the number of listener failures. */
  public long listenerFailures() {
    return failures.sum();
  }

  /**
   * Returns the most rejected keys, in descending order, with their approximate counts: at most 32
   * keys. About every eighth rejection is sampled, and the counts are scaled up; a frequently
   * rejected key is found regardless of the number of others.
   */
  public Map<K, Long> topOffenders() {
    return offenders.top();
  }
}
