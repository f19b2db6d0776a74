package io.gatewaykit.ratelimit;

import io.gatewaykit.api.Ticker;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;

/**
 * Limits how often something may happen for each of many keys. Thread-safe; only {@link #acquire}
 * ever waits.
 *
 * @param <K> what tells one caller from another
 */
public interface RateLimiter<K> {
  /** What {@link #decide} answers if the cost exceeds what the bucket can ever hold. */
  long IMPOSSIBLE = Long.MIN_VALUE;

  /**
   * Asks for permits, without allocating.
   *
   * @param cost how many, at least 1
   * @return 0 or more: admitted, to go on after so many nanoseconds; negative: refused, and the
   *     same request would be admitted after the negated number of nanoseconds; or {@link
   *     #IMPOSSIBLE}
   * @throws IllegalArgumentException if the cost is less than 1
   */
  long decide(K key, long cost);

  /** Asks for permits, and tells everything about the decision. */
  Decision check(K key, long cost);

  /** Tells what {@link #check} would, and takes nothing. */
  Decision peek(K key, long cost);

  /**
   * Takes one permit if that needs no delay. A request that could only be admitted with one is
   * refused, and takes nothing.
   */
  boolean tryAcquire(K key);

  /**
   * Asks for permits that can be given back, or paid for at another price, later.
   *
   * @param maxDelay the longest delay worth taking them for; a longer one is a refusal
   * @throws IllegalArgumentException if the cost is less than 1, or maxDelay negative
   */
  Reservation reserve(K key, long cost, Duration maxDelay);

  /**
   * Tells whether decisions may have to wait for a store outside of this process. Guards and {@link
   * #acquireAsync} then ask by the asynchronous methods, which never hold a thread; the others wait
   * for the store, for a bounded time. Default: false.
   */
  default boolean isRemote() {
    return false;
  }

  /** Asks as {@link #check} does, without holding a thread. Default: answers at once. */
  default CompletableFuture<Decision> checkAsync(K key, long cost) {
    return CompletableFuture.completedFuture(check(key, cost));
  }

  /** Asks as {@link #peek} does, without holding a thread. Default: answers at once. */
  default CompletableFuture<Decision> peekAsync(K key, long cost) {
    return CompletableFuture.completedFuture(peek(key, cost));
  }

  /** Asks as {@link #reserve} does, without holding a thread. Default: answers at once. */
  default CompletableFuture<Reservation> reserveAsync(K key, long cost, Duration maxDelay) {
    return CompletableFuture.completedFuture(reserve(key, cost, maxDelay));
  }

  /**
   * Asks for permits, and waits for them: for the delay of an admitted request, or until a refused
   * one may try again. Fails at once if that would take longer than the timeout.
   *
   * @return the permits, or the refusal
   * @throws InterruptedException if the thread is interrupted; what was taken is given back
   */
  default Reservation acquire(K key, long cost, Duration timeout) throws InterruptedException {
    return Waiting.acquire(this, key, cost, timeout);
  }

  /**
   * Asks for permits as {@link #acquire} does, without holding a thread.
   *
   * @param scheduler what wakes this request up, such as an event loop; the result completes there,
   *     or at once where no wait is needed
   * @return completes with the permits or the refusal; to cancel it gives back what was taken
   */
  default CompletableFuture<Reservation> acquireAsync(
      K key, long cost, Duration timeout, ScheduledExecutorService scheduler) {
    return Waiting.acquireAsync(this, key, cost, timeout, scheduler);
  }

  /** Returns the source of time. Default: {@link Ticker#system()}. */
  default Ticker ticker() {
    return Ticker.system();
  }
}
