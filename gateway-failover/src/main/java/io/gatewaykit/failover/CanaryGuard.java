package io.gatewaykit.failover;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Compares how the two sides of a split fared lately. Thread-safe. */
final class CanaryGuard {
  private static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final int minCalls;
  private final double moreFailures;
  private final double slowerBy;
  private final AtomicLong nextCheck;
  private volatile Watched canary;
  private volatile Watched baseline;

  CanaryGuard(int minCalls, double moreFailures, double slowerBy, long now) {
    this.minCalls = minCalls;
    this.moreFailures = moreFailures;
    this.slowerBy = slowerBy;
    nextCheck = new AtomicLong(now + CHECK_NANOS);
    canary = new Watched(minCalls);
    baseline = new Watched(minCalls);
  }

  void record(boolean ofCanary, boolean success, long latencyNanos, long now) {
    Watched side = ofCanary ? canary : baseline;
    long unused = side.calls.record(success ? 0 : BreakerWindow.FAILED, now);
    if (success) { // a quick failure is not a quick answer
      side.latencies.record(latencyNanos, now);
    }
  }

  /** Tells one caller a second that it should look. */
  boolean isDue(long now) {
    long due = nextCheck.get();
    return now - due >= 0 && nextCheck.compareAndSet(due, now + CHECK_NANOS);
  }

  /** Returns what the canary does worse than it may, or null. */
  @Nullable String breach(long now) {
    long ours = canary.calls.totals(now);
    long theirs = baseline.calls.totals(now);
    if (BreakerWindow.calls(ours) < minCalls) {
      return null;
    }
    double failed = failureRate(ours);
    double allowed = failureRate(theirs) + moreFailures;
    if (failed > allowed) {
      return String.format(
          Locale.ROOT, "%.1f %% of its calls failed, %.1f %% may", 100 * failed, 100 * allowed);
    }
    if (BreakerWindow.calls(theirs) < minCalls) {
      return null; // nothing to compare latency with
    }
    long slow = canary.p95(now);
    long usual = baseline.p95(now);
    if (usual >= 0 && slow > usual * slowerBy) {
      return String.format(
          Locale.ROOT,
          "its 95th percentile is %.1f ms, %.1f times the baseline's",
          slow / 1e6,
          (double) slow / usual);
    }
    return null;
  }

  void forget(long now) {
    canary = new Watched(minCalls);
    baseline = new Watched(minCalls);
    nextCheck.set(now + CHECK_NANOS);
  }

  private static double failureRate(long totals) {
    return BreakerWindow.failed(totals) / Math.max(1.0, BreakerWindow.calls(totals));
  }

  private static final class Watched {
    final TimeWindow calls;
    final LatencyHistogram latencies = new LatencyHistogram();

    Watched(int minCalls) {
      calls = new TimeWindow(WINDOW_NANOS, minCalls);
    }

    long p95(long now) {
      long[] sum = LatencyHistogram.newSum();
      latencies.addTo(sum, now);
      return LatencyHistogram.quantile(sum, 0.95);
    }
  }
}
