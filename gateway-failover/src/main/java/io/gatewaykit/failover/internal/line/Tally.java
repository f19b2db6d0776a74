// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.line;

import io.gatewaykit.api.internal.LatencyHistogram;
import io.gatewaykit.failover.internal.window.LatencyWindow;
import java.util.Map;

/**
 * The cumulative counters of a line at a point in time. The difference between two of them is the
 * traffic in between. Immutable.
 *
 * @param successes since the group first contained its endpoints
 * @param failures likewise
 * @param latencies histograms of its first endpoints, up to a limit; a sample for all of them
 */
public record Tally(
    long successes, long failures, Map<LatencyWindow, LatencyWindow.Mark> latencies) {
  public static final Tally NOTHING = new Tally(0, 0, Map.of());

  /** The maximum number of histograms, which bounds the cost for a very large line. */
  public static final int MAX_HISTOGRAMS = 256;

  /** Returns the failure rate, 0 to 1; 0 if no request has completed. */
  public double errors(Tally before) {
    long ended = ended(before);
    return ended <= 0
        ? 0
        : (double) (failures - before.failures) / ended; // < 0: marks of another line
  }

  public long ended(Tally before) {
    return failures - before.failures + successes - before.successes;
  }

  /**
   * Returns the 95th percentile of the latency of successes; -1 with fewer than {@code atLeast}.
   */
  public long p95Nanos(Tally before, int atLeast) {
    long[] sum = LatencyHistogram.newSum();
    latencies.forEach((histogram, mark) -> mark.addSince(before.latencies.get(histogram), sum));
    return LatencyHistogram.count(sum) < atLeast ? -1 : LatencyHistogram.quantile(sum, 0.95);
  }
}
