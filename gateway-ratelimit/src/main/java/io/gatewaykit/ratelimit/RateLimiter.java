// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * Limits the rate of requests for each of many keys. Thread-safe; only {@link #acquire} waits.
 *
 * @param <K> the type of the keys
 */
public interface RateLimiter<K> {
  /** The result of {@link #decide} for a cost above the capacity of the bucket. */
  long IMPOSSIBLE = Gcra.IMPOSSIBLE;

  /**
   * Requests permits. Does not allocate.
   *
   * @param cost the number of permits; 0 decides as for a cost of 1, and takes nothing
   * @return 0 or more: admitted, to proceed after this many nanoseconds; negative: rejected, and
   *     the same request would be admitted after the negated number of nanoseconds; or {@link
   *     #IMPOSSIBLE}
   * @throws IllegalArgumentException if the cost is negative
   */
  long decide(K key, long cost);

  /** Requests permits and returns the complete decision. */
  Decision check(K key, long cost);

  /** Returns the decision that {@link #check} would return, without taking permits. */
  Decision peek(K key, long cost);

  /**
   * Returns the decision that {@link #reserve} would return, without taking permits. Default:
   * {@link #peek(Object, long)} and {@link Decision#within}, which assumes that waiting shortens
   * the delay.
   */
  default Decision peek(K key, long cost, Duration maxDelay) {
    return peek(key, cost).within(Arguments.nanos("maxDelay", maxDelay));
  }

  /**
   * Takes one permit if it is available without delay. A request that could only be admitted with a
   * delay is rejected and takes nothing.
   */
  boolean tryAcquire(K key);

  /**
   * Requests permits that can later be returned or settled to the actual cost.
   *
   * @param maxDelay the longest acceptable delay; a request with a longer one is rejected
   * @throws IllegalArgumentException if the cost or maxDelay is negative
   */
  Reservation reserve(K key, long cost, Duration maxDelay);

  /**
   * Takes the permits available without delay, at most the given number.
   *
   * @return the number taken, 0 to {@code max}
   * @throws IllegalArgumentException if max is negative
   */
  default long tryAcquireUpTo(K key, long max) {
    return PartialAcquire.tryAcquireUpTo(this, key, max);
  }

  /**
   * Records permits that have already been used, regardless of the remaining quota: a cost that was
   * not known, or not limited, beforehand. It can put the key into debt: later requests are
   * rejected until the rate has repaid it, or the window has passed.
   *
   * <p>The debt is bounded only by the numeric range; the excess is {@link Balance#unbooked}. For a
   * bucket that is a debt of 52 days at rates of up to a million per second, of at least
   * 10<sup>9</sup> permits at higher ones, or the capacity if that is larger; for a window
   * 2<sup>52</sup> permits. Keys that share a bucket for lack of slots record up to its capacity,
   * so that the debt of one does not block the others.
   *
   * @param cost 0 or more
   * @throws IllegalArgumentException if the cost is negative
   */
  Balance charge(K key, long cost);

  /**
   * Clears the backlog or count of a key, for example after a correct password. A key that shares a
   * bucket for lack of slots continues to share it.
   */
  void reset(K key);

  /**
   * Returns whether decisions may wait for a store outside this process. Guards and {@link
   * #acquireAsync} then call the asynchronous methods, which never block a thread; the others wait
   * for the store, for a bounded time. Default: false.
   */
  default boolean isRemote() {
    return false;
  }

  /** Equivalent to {@link #check}, without blocking. Default: completes immediately. */
  default CompletableFuture<Decision> checkAsync(K key, long cost) {
    return CompletableFuture.completedFuture(check(key, cost));
  }

  /** Equivalent to {@link #peek}, without blocking. Default: completes immediately. */
  default CompletableFuture<Decision> peekAsync(K key, long cost) {
    return CompletableFuture.completedFuture(peek(key, cost));
  }

  /** Equivalent to {@link #peek(Object, long, Duration)}, without blocking. */
  default CompletableFuture<Decision> peekAsync(K key, long cost, Duration maxDelay) {
    long most = Arguments.nanos("maxDelay", maxDelay);
    return isRemote()
        ? peekAsync(key, cost).thenApply(decision -> decision.within(most))
        : CompletableFuture.completedFuture(peek(key, cost, maxDelay));
  }

  /** Equivalent to {@link #charge}, without blocking. Default: completes immediately. */
  default CompletableFuture<Balance> chargeAsync(K key, long cost) {
    return CompletableFuture.completedFuture(charge(key, cost));
  }

  /** Equivalent to {@link #reserve}, without blocking. Default: completes immediately. */
  default CompletableFuture<Reservation> reserveAsync(K key, long cost, Duration maxDelay) {
    return CompletableFuture.completedFuture(reserve(key, cost, maxDelay));
  }

  /**
   * Returns the queue of the callers that wait in {@link #acquire}; null if they wait
   * independently, in no order. Default: null. The limiters of this project have one.
   */
  default @Nullable WaitQueue<K> waitQueue() {
    return null;
  }

  /**
   * Requests permits and waits for them: for the delay of an admitted request, or until a rejected
   * one can be retried. Fails immediately if the wait is known to exceed the timeout, or if too
   * many callers are waiting.
   *
   * <p>Callers of one key are served in order of arrival (see {@link WaitQueue}); each calls the
   * limiter a constant number of times. The wait blocks the thread, and suits virtual threads.
   *
   * @return the permits, or the rejection
   * @throws InterruptedException if the thread is interrupted; its permits are returned
   */
  default Reservation acquire(K key, long cost, Duration timeout) throws InterruptedException {
    return PermitWaiter.acquire(this, key, cost, timeout);
  }

  /**
   * Equivalent to {@link #acquire}, without blocking.
   *
   * @param scheduler resumes the request, such as an event loop. The result completes there, or
   *     immediately if no wait is needed. If the scheduler drops its tasks, as {@code shutdownNow}
   *     does, the result does not complete: cancel it to return the permits
   * @return completes with the permits or the rejection; cancelling it returns the permits
   */
  default CompletableFuture<Reservation> acquireAsync(
      K key, long cost, Duration timeout, ScheduledExecutorService scheduler) {
    return PermitWaiter.acquireAsync(this, key, cost, timeout, scheduler);
  }

  /**
   * Waits for permits as {@link #acquire} does, and then calls the action. The permits remain taken
   * whether or not the action succeeds.
   *
   * @throws LimitExceededException if the limiter does not admit the call in time
   * @throws InterruptedException if the thread is interrupted while waiting
   * @throws Exception any exception of the action
   */
  default <T extends @Nullable Object> T execute(
      K key, long cost, Duration timeout, Callable<T> action) throws Exception {
    requireNonNull(action, "action");
    Reservation reservation = acquire(key, cost, timeout);
    if (!reservation.admitted()) {
      throw new LimitExceededException(reservation.decision());
    }
    return action.call();
  }

  /** Returns the time source. Default: {@link Ticker#system()}. */
  default Ticker ticker() {
    return Ticker.system();
  }
}
