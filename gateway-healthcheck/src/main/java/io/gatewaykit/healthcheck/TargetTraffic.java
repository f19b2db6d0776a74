package io.gatewaykit.healthcheck;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * How real traffic fared at one target. Any thread may count; what was counted since the last look
 * is the difference to the sums seen then, so that a count is never lost between two looks.
 */
final class TargetTraffic {
  private final LongAdder successes = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final AtomicInteger failuresInARow = new AtomicInteger();
  private final @Nullable LatencyHistogram latencies;

  // Under the checker's lock.
  private long successesSeen;
  private long failuresSeen;

  TargetTraffic(boolean withLatencies) {
    latencies = withLatencies ? new LatencyHistogram() : null;
  }

  /** Counts one; returns how many failures there have now been in a row. */
  int count(boolean success, long latencyNanos) {
    if (latencies != null && success) {
      latencies.count(latencyNanos);
    }
    if (success) {
      successes.increment();
      if (failuresInARow.get() != 0) { // so that good traffic shares a line it only reads
        failuresInARow.set(0);
      }
      return 0;
    }
    failures.increment();
    return failuresInARow.incrementAndGet();
  }

  void forgetRow() {
    failuresInARow.set(0);
  }

  long takeSuccesses() {
    long now = successes.sum();
    long since = now - successesSeen;
    successesSeen = now;
    return since;
  }

  long takeFailures() {
    long now = failures.sum();
    long since = now - failuresSeen;
    failuresSeen = now;
    return since;
  }

  /** The percentile of latencies since the last look; -1 if there is none. */
  long takePercentile(double share, int[] scratch) {
    return latencies == null ? -1 : latencies.takePercentile(share, scratch);
  }
}
