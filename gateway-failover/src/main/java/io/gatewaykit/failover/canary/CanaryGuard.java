// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.canary;

import io.gatewaykit.api.internal.LatencyHistogram;
import io.gatewaykit.failover.internal.window.CallWindow;
import io.gatewaykit.failover.internal.window.LatencyWindow;
import io.gatewaykit.failover.internal.window.TimeWindow;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Compares the recent outcomes of the two sides of a split. Thread-safe. */
final class CanaryGuard {
  private static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final int minCalls;
  private final double moreFailures;
  private final double slowerBy;
  private final AtomicLong nextCheck;
  private volatile SideStats canary;
  private volatile SideStats baseline;

  CanaryGuard(int minCalls, double moreFailures, double slowerBy, long now) {
    this.minCalls = minCalls;
    this.moreFailures = moreFailures;
    this.slowerBy = slowerBy;
    nextCheck = new AtomicLong(now + CHECK_NANOS);
    canary = new SideStats(minCalls);
    baseline = new SideStats(minCalls);
  }

  void record(boolean ofCanary, boolean success, long latencyNanos, long now) {
    SideStats side = ofCanary ? canary : baseline;
    long unused = side.calls.record(success ? 0 : CallWindow.FAILED, now);
    if (success) { // a fast failure is not a fast response
      side.latencies.record(latencyNanos, now);
    }
  }

  /** Returns true to one caller per second, which then calls {@link #violation}. */
  boolean isDue(long now) {
    long due = nextCheck.get();
    return now - due >= 0 && nextCheck.compareAndSet(due, now + CHECK_NANOS);
  }

  /** Returns a description of the limit that the canary violates, or null. */
  @Nullable String violation(long now) {
    long canaryTotals = canary.calls.totals(now);
    long baselineTotals = baseline.calls.totals(now);
    if (CallWindow.calls(canaryTotals) < minCalls) {
      return null;
    }
    double failureRate = failureRate(canaryTotals);
    double allowed = failureRate(baselineTotals) + moreFailures;
    if (failureRate > allowed) {
      return String.format(
          Locale.ROOT, "failure rate %.1f %% exceeds %.1f %%", 100 * failureRate, 100 * allowed);
    }
    if (CallWindow.calls(baselineTotals) < minCalls) {
      return null; // no baseline to compare latency with
    }
    long canaryP95 = canary.p95(now);
    long baselineP95 = baseline.p95(now);
    if (baselineP95 >= 0 && canaryP95 > baselineP95 * slowerBy) {
      return String.format(
          Locale.ROOT,
          "p95 latency %.1f ms, %.1f times the baseline",
          canaryP95 / 1e6,
          (double) canaryP95 / baselineP95);
    }
    return null;
  }

  void reset(long now) {
    canary = new SideStats(minCalls);
    baseline = new SideStats(minCalls);
    nextCheck.set(now + CHECK_NANOS);
  }

  private static double failureRate(long totals) {
    return CallWindow.failed(totals) / Math.max(1.0, CallWindow.calls(totals));
  }

  private static final class SideStats {
    final TimeWindow calls;
    final LatencyWindow latencies = new LatencyWindow();

    SideStats(int minCalls) {
      calls = new TimeWindow(WINDOW_NANOS, minCalls);
    }

    long p95(long now) {
      long[] sum = LatencyHistogram.newSum();
      latencies.addTo(sum, now);
      return LatencyHistogram.quantile(sum, 0.95);
    }
  }
}
