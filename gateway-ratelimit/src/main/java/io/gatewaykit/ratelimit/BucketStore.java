package io.gatewaykit.ratelimit;

/** Keeps a bucket for each key. Thread-safe. */
interface BucketStore<K> {
  /** As {@code maxDelay}: decide, but take nothing. */
  long NOTHING = LeakyBucketCore.NOTHING;

  /**
   * Decides, and takes the cost if it is admitted with no more than the given delay.
   *
   * @param spare how many permits of the burst are to be left to others
   */
  long take(K key, long cost, long spare, long maxDelay);

  /** Does the same, and tells everything about it. */
  Decision decide(K key, long cost, long spare, long maxDelay);

  /** Does the same, and makes it revocable. */
  Reservation reserve(K key, long cost, long spare, long maxDelay);

  /** Changes the limit of keys that have none of their own. */
  void reconfigure(Gcra plan);

  /** Returns the limit of keys that have none of their own. */
  Limit limit();

  /** Counts the keys in debt. */
  long live();

  /** Counts decisions for keys without room. */
  long overflows();

  /** Counts the permits that evicted keys owed. */
  long evictedPermits();
}
