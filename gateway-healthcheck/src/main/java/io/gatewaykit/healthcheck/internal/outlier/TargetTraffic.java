// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.outlier;

import io.gatewaykit.api.internal.LatencyHistogram;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts the results of real traffic to one target. Any thread may count. A reading returns the
 * difference to the sums of the previous one, so no count is lost in between.
 */
public final class TargetTraffic {
  private final LongAdder successes = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final AtomicInteger consecutiveFailures = new AtomicInteger();
  private final AtomicInteger consecutiveGatewayFailures = new AtomicInteger();
  private final @Nullable SuccessAverage average;
  private final @Nullable LatencyHistogram latencies;

  // Guarded by the checker's lock.
  private final EjectionRecord ejections = new EjectionRecord();
  private long successesSeen;
  private long failuresSeen;

  TargetTraffic(boolean withLatencies, @Nullable SuccessAverage average) {
    this.average = average;
    latencies = withLatencies ? new LatencyHistogram() : null;
  }

  /** Counts one request. */
  public void count(boolean success, boolean gatewayFailure, long latencyNanos) {
    if (latencies != null && success) {
      latencies.record(latencyNanos);
    }
    if (success) {
      successes.increment();
      reset(consecutiveFailures);
      reset(consecutiveGatewayFailures);
      return;
    }
    failures.increment();
    consecutiveFailures.incrementAndGet();
    if (gatewayFailure) {
      consecutiveGatewayFailures.incrementAndGet();
    } else {
      reset(consecutiveGatewayFailures);
    }
  }

  private static void reset(AtomicInteger counter) {
    if (counter.get() != 0) { // successful traffic only reads this cache line and can share it
      counter.set(0);
    }
  }

  int consecutiveFailures() {
    return consecutiveFailures.get();
  }

  int consecutiveGatewayFailures() {
    return consecutiveGatewayFailures.get();
  }

  /** Returns the end of the current or last ejection, in ticker time. */
  public long ejectedUntil() {
    return ejections.until;
  }

  EjectionRecord ejections() {
    return ejections;
  }

  @Nullable SuccessAverage average() {
    return average;
  }

  void resetConsecutive() {
    consecutiveFailures.set(0);
    consecutiveGatewayFailures.set(0);
    if (average != null) {
      average.reset();
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

  /** Returns the percentile of the latencies since the last reading; -1 if none. */
  long takePercentile(double share, long[] scratch) {
    if (latencies == null) {
      return -1;
    }
    Arrays.fill(scratch, 0);
    latencies.moveTo(scratch);
    return LatencyHistogram.quantileBound(scratch, share);
  }
}
