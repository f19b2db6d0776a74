// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.line;

import io.gatewaykit.api.internal.LatencyHistogram;
import io.gatewaykit.failover.internal.window.LatencyWindow;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The fraction of a line's recent attempts that were lost: failed, or stalled because of packet
 * loss. A stall is a success that took at least 180 ms longer than the median, and at least twice
 * as long: a TCP retransmission takes 200 ms or more.
 *
 * <p>Counts decay by a tenth each second while they exceed {@link #WINDOW} attempts, so the window
 * is ten seconds of a busy line and the last two hundred attempts of a quiet one. Comparisons use
 * bounds of Wilson's score interval, so that random variation among few attempts has no effect.
 * Written by the single writer of the group's selection tables; readers of {@link #rate} may see
 * old values.
 */
public final class LineLoss {
  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long STALL_NANOS = TimeUnit.MILLISECONDS.toNanos(180);

  /** The number of attempts below which counts do not decay. */
  private static final double WINDOW = 200;

  private static final double DECAY = 0.9;

  /** The time without attempts after which the counts are cleared. */
  private static final long MAX_AGE_NANOS = TimeUnit.MINUTES.toNanos(10);

  /** The maximum number of endpoints whose latencies are read, which bounds the cost. */
  public static final int MAX_HISTOGRAMS = 32;

  private long sampledAt;
  private long lastAttemptAt;
  private boolean started;
  private long endedBefore;
  private long failedBefore;
  private List<LatencyWindow.@Nullable Mark> marks = List.of();
  private double ended;
  private double lost;
  private volatile double rate = -1;

  /** Returns whether the last sample is at least a second old. */
  public boolean isDue(long now) {
    return !started || now - sampledAt >= SECOND_NANOS;
  }

  /**
   * Adds the attempts since the last call.
   *
   * @param successes the cumulative successes of all endpoints
   * @param failures the cumulative failures of all endpoints
   * @param latencies the histograms of its first endpoints, up to {@link #MAX_HISTOGRAMS}
   * @param endpoints the number of endpoints
   */
  public void sample(
      long successes, long failures, List<LatencyWindow> latencies, int endpoints, long now) {
    sampledAt = now;
    long endedNow = successes + failures - endedBefore;
    long failedNow = failures - failedBefore;
    boolean first = !started;
    started = true;
    endedBefore = successes + failures;
    failedBefore = failures;
    double stalls = endedNow == 0 && !first ? 0 : stalls(latencies, endpoints, now);
    if (ended > WINDOW) {
      ended *= DECAY;
      lost *= DECAY;
    }
    if (!first && endedNow > 0 && failedNow >= 0) { // else endpoints have left the line
      ended += endedNow;
      lost += failedNow + Math.min(stalls, (double) (endedNow - failedNow));
      lastAttemptAt = now;
    } else if (now - lastAttemptAt > MAX_AGE_NANOS) {
      ended = 0;
      lost = 0;
    }
    rate = ended == 0 ? -1 : lost / ended;
  }

  private double stalls(List<LatencyWindow> latencies, int endpoints, long now) {
    int n = latencies.size();
    long[] recent = LatencyHistogram.newSum();
    long[] fresh = LatencyHistogram.newSum();
    var next = new ArrayList<LatencyWindow.@Nullable Mark>(n);
    for (int i = 0; i < n; i++) {
      latencies.get(i).addTo(recent, now);
      LatencyWindow.Mark mark = latencies.get(i).mark(now);
      if (i < marks.size()) {
        mark.addSince(marks.get(i), fresh);
      }
      next.add(mark);
    }
    marks = next;
    long median = LatencyHistogram.quantile(recent, 0.5);
    if (median < 0) {
      return 0;
    }
    long above = LatencyHistogram.countAbove(fresh, Math.max(2 * median, median + STALL_NANOS));
    return above * (double) endpoints / Math.max(1, n);
  }

  /** Clears the counts, so that only later attempts are evaluated. */
  public void clear() {
    ended = 0;
    lost = 0;
    rate = -1;
  }

  /** Returns the fraction of recent attempts that were lost; -1 without attempts. */
  public double rate() {
    return rate;
  }

  /** Returns the number of recent attempts. */
  public double attempts() {
    return ended;
  }

  /** Returns the lower bound of the loss, {@code z} standard deviations below the estimate. */
  public double lower(double z) {
    return Math.max(0, bound(-z));
  }

  /** Returns the upper bound of the loss; 1 without attempts. */
  public double upper(double z) {
    return ended == 0 ? 1 : Math.min(1, bound(z));
  }

  private double bound(double z) {
    if (ended == 0) {
      return 0;
    }
    double p = lost / ended;
    double zz = z * z / ended;
    double spread = z * Math.sqrt(p * (1 - p) / ended + zz / (4 * ended));
    return (p + zz / 2 + spread) / (1 + zz);
  }
}
