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
  private final AtomicInteger gatewayFailuresInARow = new AtomicInteger();
  private final @Nullable SuccessAverage average;
  private final @Nullable LatencyHistogram latencies;

  // Under the checker's lock.
  private long successesSeen;
  private long failuresSeen;

  TargetTraffic(boolean withLatencies, @Nullable SuccessAverage average) {
    this.average = average;
    latencies = withLatencies ? new LatencyHistogram() : null;
  }

  /** Counts one. */
  void count(boolean success, boolean gatewayFailure, long latencyNanos) {
    if (latencies != null && success) {
      latencies.count(latencyNanos);
    }
    if (success) {
      successes.increment();
      end(failuresInARow);
      end(gatewayFailuresInARow);
      return;
    }
    failures.increment();
    failuresInARow.incrementAndGet();
    if (gatewayFailure) {
      gatewayFailuresInARow.incrementAndGet();
    } else {
      end(gatewayFailuresInARow);
    }
  }

  private static void end(AtomicInteger row) {
    if (row.get() != 0) { // so that good traffic shares a line it only reads
      row.set(0);
    }
  }

  int failuresInARow() {
    return failuresInARow.get();
  }

  int gatewayFailuresInARow() {
    return gatewayFailuresInARow.get();
  }

  @Nullable SuccessAverage average() {
    return average;
  }

  void forgetRows() {
    failuresInARow.set(0);
    gatewayFailuresInARow.set(0);
    if (average != null) {
      average.forget();
    }
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
