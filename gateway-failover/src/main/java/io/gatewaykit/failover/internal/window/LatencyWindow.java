// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.window;

import io.gatewaykit.api.internal.LatencyHistogram;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Latencies of the last 30 to 60 seconds, in a fixed 2 KiB.
 *
 * <p>Two histograms alternate, each for {@link #HALF_NANOS}; a reading adds both. Lock-free:
 * recording is one atomic add. Around a rotation, a few records may be lost or kept too long, which
 * has no visible effect on quantiles.
 */
public final class LatencyWindow {
  static final long HALF_NANOS = 30_000_000_000L;

  private static final int[] NONE = new LatencyHistogram().counts();

  private final Half[] halves = {new Half(), new Half()};

  /** Records a latency at a point in time, both in nanoseconds. */
  public void record(long latencyNanos, long now) {
    long epoch = Math.floorDiv(now, HALF_NANOS);
    Half half = halves[(int) (epoch & 1)];
    long seen = half.epoch.get();
    if (seen != epoch && half.epoch.compareAndSet(seen, epoch)) {
      half.counts.clear(); // the thread that wins the exchange clears; others may already be adding
    }
    half.counts.record(latencyNanos);
  }

  /** Adds the recent counts to {@code sum}, an array of {@link LatencyHistogram#newSum}. */
  public void addTo(long[] sum, long now) {
    long epoch = Math.floorDiv(now, HALF_NANOS);
    for (Half half : halves) {
      if (isRecent(half.epoch.get(), epoch)) {
        half.counts.addTo(sum);
      }
    }
  }

  /** A copy of the counts at a point in time; the difference of two is the records in between. */
  public static final class Mark {
    private final long[] epochs = new long[2];
    private final int[][] counts = {NONE, NONE};

    private Mark(Half[] halves, long epoch) {
      for (int i = 0; i < halves.length; i++) {
        epochs[i] = halves[i].epoch.get();
        if (isRecent(epochs[i], epoch)) {
          counts[i] = halves[i].counts.counts();
        }
      }
    }

    /** Adds the records since the earlier mark; all retained records if that is null. */
    public void addSince(@Nullable Mark before, long[] sum) {
      for (int i = 0; i < epochs.length; i++) {
        // A half that was restarted contains only records newer than the mark.
        int[] earlier = before != null && before.epochs[i] == epochs[i] ? before.counts[i] : NONE;
        for (int bucket = 0; bucket < sum.length; bucket++) {
          sum[bucket] += Math.max(0, counts[i][bucket] - earlier[bucket]);
        }
      }
    }
  }

  /** Returns a copy of the recent counts. */
  public Mark mark(long now) {
    return new Mark(halves, Math.floorDiv(now, HALF_NANOS));
  }

  /** Returns whether a half belongs to the current or the previous period. */
  private static boolean isRecent(long ofHalf, long now) {
    return ofHalf == now || ofHalf == now - 1;
  }

  private static final class Half {
    /** The period that the counts belong to; the initial value never occurs. */
    final AtomicLong epoch = new AtomicLong(Long.MIN_VALUE);

    final LatencyHistogram counts = new LatencyHistogram();
  }
}
