package io.gatewaykit.healthcheck;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Latencies since the last look, by eight buckets per power of two from 64 µs to 67 s: a percentile
 * is off by an eighth at most. Any thread may count; a count is taken once, by one look or the
 * next.
 */
final class LatencyHistogram {
  private static final int SUB_BITS = 3;
  private static final int SUB = 1 << SUB_BITS;
  private static final int LOWEST_BIT = 6; // 64 µs
  private static final int OCTAVES = 20;
  private static final int BUCKETS = OCTAVES * SUB;

  private final AtomicIntegerArray counts = new AtomicIntegerArray(BUCKETS);

  void count(long nanos) {
    counts.getAndIncrement(bucket(nanos / 1_000));
  }

  private static int bucket(long micros) {
    if (micros < 1L << LOWEST_BIT) {
      return 0;
    }
    int top = 63 - Long.numberOfLeadingZeros(micros);
    int sub = (int) (micros >>> (top - SUB_BITS)) & (SUB - 1);
    return Math.min(BUCKETS - 1, (top - LOWEST_BIT) * SUB + sub);
  }

  /** The upper end of a bucket, in nanoseconds. */
  private static long upper(int bucket) {
    int top = bucket / SUB + LOWEST_BIT;
    return ((1L << top) + ((long) (bucket % SUB + 1) << (top - SUB_BITS))) * 1_000;
  }

  /** Takes what was counted; returns the percentile in nanoseconds, -1 if nothing was. */
  long takePercentile(double share, int[] scratch) {
    long all = 0;
    for (int i = 0; i < BUCKETS; i++) {
      scratch[i] = counts.get(i) == 0 ? 0 : counts.getAndSet(i, 0);
      all += scratch[i];
    }
    long left = (long) Math.ceil(all * share);
    for (int i = 0; i < BUCKETS && all > 0; i++) {
      left -= scratch[i];
      if (left <= 0) {
        return upper(i);
      }
    }
    return -1;
  }

  static int[] scratch() {
    return new int[BUCKETS];
  }
}
