package io.gatewaykit.failover;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Latencies of the last half to whole minute, in a fixed 2 KiB.
 *
 * <p>Buckets are logarithmic, eight to an octave from 1 µs to 69 s, so a quantile is at most 6 %
 * off; what lies outside goes to the first or last bucket. Two halves take turns, each for {@link
 * #HALF_NANOS}; a quantile reads both. Lock-free: a record is one atomic add. Around a turn a few
 * records may be lost or kept too long, which no quantile notices.
 */
final class LatencyHistogram {
  static final long HALF_NANOS = 30_000_000_000L;

  private static final int SUB_BITS = 3;
  private static final int SUBS = 1 << SUB_BITS;
  private static final int MIN_EXPONENT = 10; // 1.02 µs
  private static final int MAX_EXPONENT = 35; // the octave that ends at 68.7 s
  private static final int BUCKETS = (MAX_EXPONENT - MIN_EXPONENT + 1) * SUBS;

  private static final int[] NONE = new int[BUCKETS];

  private final Half[] halves = {new Half(), new Half()};

  void record(long latencyNanos, long now) {
    long epoch = Math.floorDiv(now, HALF_NANOS);
    Half half = halves[(int) (epoch & 1)];
    long seen = half.epoch.get();
    if (seen != epoch && half.epoch.compareAndSet(seen, epoch)) {
      half.clear(); // the one who won the exchange clears; others may already add
    }
    half.counts.incrementAndGet(bucket(latencyNanos));
  }

  /** Adds the recent counts to {@code sum}, which {@link #newSum} made. */
  void addTo(long[] sum, long now) {
    long epoch = Math.floorDiv(now, HALF_NANOS);
    for (Half half : halves) {
      if (isRecent(half.epoch.get(), epoch)) {
        for (int i = 0; i < BUCKETS; i++) {
          sum[i] += half.counts.get(i);
        }
      }
    }
  }

  /** What was recorded until a moment: with an earlier one it tells what came in between. */
  static final class Mark {
    private final long[] epochs = new long[2];
    private final int[][] counts = new int[2][BUCKETS];

    private Mark(Half[] halves, long epoch) {
      for (int i = 0; i < halves.length; i++) {
        epochs[i] = halves[i].epoch.get();
        for (int bucket = 0; bucket < BUCKETS && isRecent(epochs[i], epoch); bucket++) {
          counts[i][bucket] = halves[i].counts.get(bucket);
        }
      }
    }

    /** Adds what was recorded since the earlier mark; all that is known if that is null. */
    void addSince(@Nullable Mark before, long[] sum) {
      for (int i = 0; i < epochs.length; i++) {
        // A half that began anew holds nothing older than its beginning, which came after the mark.
        int[] earlier = before != null && before.epochs[i] == epochs[i] ? before.counts[i] : NONE;
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
          sum[bucket] += Math.max(0, counts[i][bucket] - earlier[bucket]);
        }
      }
    }
  }

  Mark mark(long now) {
    return new Mark(halves, Math.floorDiv(now, HALF_NANOS));
  }

  /** Whether a half is that of now, or the one before. */
  private static boolean isRecent(long ofHalf, long now) {
    return ofHalf == now || ofHalf == now - 1;
  }

  static long[] newSum() {
    return new long[BUCKETS];
  }

  static long count(long[] sum) {
    long total = 0;
    for (long count : sum) {
      total += count;
    }
    return total;
  }

  /** Returns the latency not exceeded by this part of the records, or -1 if there are none. */
  static long quantile(long[] sum, double quantile) {
    long total = count(sum);
    if (total == 0) {
      return -1;
    }
    long rank = Math.max(1, (long) Math.ceil(quantile * total));
    int bucket = 0;
    for (long below = sum[0]; below < rank; below += sum[bucket]) {
      bucket++;
    }
    return middle(bucket);
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

  private static long middle(int bucket) {
    int exponent = bucket / SUBS + MIN_EXPONENT;
    long width = 1L << (exponent - SUB_BITS);
    return (SUBS + bucket % SUBS) * width + width / 2;
  }

  private static final class Half {
    /** Which stretch of time the counts are of; the initial one never comes. */
    final AtomicLong epoch = new AtomicLong(Long.MIN_VALUE);

    final AtomicIntegerArray counts = new AtomicIntegerArray(BUCKETS);

    void clear() {
      for (int i = 0; i < BUCKETS; i++) {
        counts.set(i, 0);
      }
    }
  }
}
