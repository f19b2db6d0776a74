package io.gatewaykit.ratelimit;

import org.jspecify.annotations.Nullable;

/** Keeps a bucket for each key. Thread-safe. */
interface BucketStore<K> {
  /** As {@code maxDelay}: decide, but take nothing. */
  long NOTHING = -1;

  /** Decides, and takes the cost if it is admitted with no more than the given delay. */
  long take(K key, long cost, long spare, long maxDelay, SlotTable.@Nullable Trace trace);

  /** Replaces the cost of an admitted request by the true one. */
  void settle(K key, SlotTable.Trace trace, long cost, long actual);

  /** Changes the limit of keys that have none of their own. */
  void reconfigure(Gcra plan);

  /** Returns the limit of keys that have none of their own. */
  Limit limit();

  /** Counts the keys in debt. */
  long live();

  /** Counts decisions taken in a shared bucket. */
  long overflows();
}
