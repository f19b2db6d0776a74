package io.gatewaykit.ratelimit;

/**
 * Limits how often something may happen for each of many keys. Thread-safe; never blocks.
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
}
