// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

/** Stores a bucket for each key. Thread-safe. */
interface BucketStore<K> {
  /** Value of {@code maxDelay}: decide without taking permits. */
  long NOTHING = LeakyBucketCore.NOTHING;

  /**
   * Decides, and takes the cost if it is admitted with at most the given delay.
   *
   * @param reserved the permits of the burst to reserve for others
   */
  long take(K key, long cost, long reserved, long maxDelay);

  /** Equivalent to {@link #take}; returns the complete decision. */
  Decision decide(K key, long cost, long reserved, long maxDelay);

  /** Equivalent to {@link #take}; the permits can be returned. */
  Reservation reserve(K key, long cost, long reserved, long maxDelay);

  /** Returns the decision that {@link #reserve} would return, without taking permits. */
  Decision peek(K key, long cost, long reserved, long maxDelay);

  /** Takes the permits available without delay, at most {@code max}. Returns the number taken. */
  long takeUpTo(K key, long max, long reserved);

  /** Books permits, regardless of the backlog. */
  Balance charge(K key, long permits, long reserved);

  /** Empties the bucket of a key. */
  void reset(K key);

  /** Changes the limit of keys without their own. */
  void reconfigure(Gcra gcra);

  /** Returns the limit of keys without their own. */
  Limit limit();

  /** Counts the keys in debt. */
  long live();

  /** Counts the decisions for keys without a slot. */
  long overflows();

  /** Counts the permits owed by evicted keys. */
  long evictedPermits();
}
