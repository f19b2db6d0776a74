package io.gatewaykit.failover;

import java.util.IdentityHashMap;
import java.util.Map;

/**
 * What a line did until a moment: two of them show what it did in between. Immutable.
 *
 * @param successes since the group first knew its endpoints
 * @param failures likewise
 * @param latencies what its first endpoints recorded; so many speak for all of them
 */
record Tally(
    long successes, long failures, Map<LatencyHistogram, LatencyHistogram.Mark> latencies) {
  static final Tally NOTHING = new Tally(0, 0, Map.of());

  /** Bounds what a tally of a very large line costs. */
  private static final int MEASURED = 256;

  static <T> Tally of(LinePool<T> pool, long now) {
    long successes = 0;
    long failures = 0;
    var latencies = new IdentityHashMap<LatencyHistogram, LatencyHistogram.Mark>();
    for (EndpointState<T> state : pool.members.states) {
      successes += state.successes();
      failures += state.failures();
      if (latencies.size() < MEASURED) {
        latencies.put(state.latencies, state.latencies.mark(now));
      }
    }
    return new Tally(successes, failures, latencies);
  }

  /** Returns the part of failures; 0 if nothing has ended. */
  double errors(Tally before) {
    long ended = ended(before);
    return ended <= 0 ? 0 : (double) (failures - before.failures) / ended; // < 0: another line's
  }

  long ended(Tally before) {
    return failures - before.failures + successes - before.successes;
  }

  /** Returns the latency that one success in twenty exceeded; -1 after fewer than so many. */
  long p95Nanos(Tally before, int atLeast) {
    long[] sum = LatencyHistogram.newSum();
    latencies.forEach((histogram, mark) -> mark.addSince(before.latencies.get(histogram), sum));
    return LatencyHistogram.count(sum) < atLeast ? -1 : LatencyHistogram.quantile(sum, 0.95);
  }
}
