// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.internal;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * A histogram of latencies, in a fixed 832 bytes.
 *
 * <p>Buckets are logarithmic, eight per octave from 1 µs to 69 s; values outside are counted in the
 * first or last bucket. A quantile is off by at most 6 % if read as the middle of its bucket, by at
 * most an eighth if read as its upper bound. Thread-safe and lock-free: recording is one atomic
 * add, and does not allocate.
 *
 * <p>Counts are read into a sum, an array from {@link #newSum}, to which several histograms can
 * contribute.
 */
public final class LatencyHistogram {
  private static final int SUB_BITS = 3;
  private static final int SUBS = 1 << SUB_BITS;
  private static final int MIN_EXPONENT = 10; // 1.02 µs
  private static final int MAX_EXPONENT = 35; // the octave that ends at 68.7 s
  private static final int BUCKETS = (MAX_EXPONENT - MIN_EXPONENT + 1) * SUBS;

  private final AtomicIntegerArray counts = new AtomicIntegerArray(BUCKETS);

  /** Records a latency. A negative one counts as zero. */
  public void record(long latencyNanos) {
    counts.getAndIncrement(bucket(latencyNanos));
  }

  /** Adds the counts to a sum. */
  public void addTo(long[] sum) {
    for (int i = 0; i < BUCKETS; i++) {
      sum[i] += counts.get(i);
    }
  }

  /** Returns a copy of the counts, one for each element of a sum. */
  public int[] counts() {
    var copy = new int[BUCKETS];
    for (int i = 0; i < BUCKETS; i++) {
      copy[i] = counts.get(i);
    }
    return copy;
  }

  /** Moves the counts to a sum. Each record is moved by exactly one call: this or a later one. */
  public void moveTo(long[] sum) {
    for (int i = 0; i < BUCKETS; i++) {
      if (counts.get(i) != 0) {
        sum[i] += counts.getAndSet(i, 0);
      }
    }
  }

  /** Removes all records. A concurrent record may or may not be removed. */
  public void clear() {
    for (int i = 0; i < BUCKETS; i++) {
      counts.set(i, 0);
    }
  }

  /** Returns a sum of zero. */
  public static long[] newSum() {
    return new long[BUCKETS];
  }

  /** Returns the number of records in a sum. */
  public static long count(long[] sum) {
    long total = 0;
    for (long count : sum) {
      total += count;
    }
    return total;
  }

  /** Returns the number of records in the buckets above that of a latency. */
  public static long countAbove(long[] sum, long latencyNanos) {
    long above = 0;
    for (int bucket = bucket(latencyNanos) + 1; bucket < BUCKETS; bucket++) {
      above += sum[bucket];
    }
    return above;
  }

  /** Returns the middle of the bucket at a quantile, 0 to 1, in nanoseconds; -1 without records. */
  public static long quantile(long[] sum, double quantile) {
    int bucket = bucketAt(sum, quantile);
    return bucket < 0 ? -1 : lower(bucket) + width(bucket) / 2;
  }

  /** Returns the upper bound of the bucket at a quantile, as {@link #quantile} does. */
  public static long quantileBound(long[] sum, double quantile) {
    int bucket = bucketAt(sum, quantile);
    return bucket < 0 ? -1 : lower(bucket) + width(bucket);
  }

  private static int bucketAt(long[] sum, double quantile) {
    long total = count(sum);
    if (total == 0) {
      return -1;
    }
    long rank = Math.max(1, (long) Math.ceil(quantile * total));
    int bucket = 0;
    for (long below = sum[0]; below < rank; below += sum[bucket]) {
      bucket++;
    }
    return bucket;
  }

  private static int bucket(long nanos) {
    if (nanos < 1L << MIN_EXPONENT) {
      return 0;
    }
    int exponent = 63 - Long.numberOfLeadingZeros(nanos);
    if (exponent > MAX_EXPONENT) {
      return BUCKETS - 1;
    }
    int sub = (int) (nanos >>> (exponent - SUB_BITS)) & (SUBS - 1);
    return (exponent - MIN_EXPONENT) * SUBS + sub;
  }

  private static long lower(int bucket) {
    return (SUBS + bucket % SUBS) * width(bucket);
  }

  private static long width(int bucket) {
    return 1L << (bucket / SUBS + MIN_EXPONENT - SUB_BITS);
  }
}
