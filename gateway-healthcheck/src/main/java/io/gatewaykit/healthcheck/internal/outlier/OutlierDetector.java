// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.outlier;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.LatencyHistogram;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Outlier detection: compares the real traffic of all targets and ejects those that perform badly.
 * The detectors are those of [1] (consecutive failures, success rate below the mean by a number of
 * standard deviations, failure percentage), the success rate over time of [2], and the 90th
 * percentile of latency relative to the median of all targets. A sweep combines them into one
 * verdict per target, so two that agree count once. It takes a single pass and does not allocate.
 * Guarded by the checker's lock.
 *
 * <ol>
 *   <li>Envoy, outlier detection
 *   <li>Finagle, {@code FailureAccrualPolicy.successRateWithinDuration}
 * </ol>
 */
public final class OutlierDetector<T extends OutlierDetector.Candidate> {
  private static final double LATENCY_SHARE = 0.9;

  /** A target that may be ejected. */
  public interface Candidate {
    /** Returns its counters; null if its traffic is not evaluated. */
    @Nullable TargetTraffic traffic();

    boolean isAvailable();

    boolean isEjected();
  }

  /** Applies the decisions. */
  public interface Ejector<T> {
    /** Returns the number of targets available now. */
    int available();

    void eject(T target, String cause, long until);

    void release(T target, String cause);

    /** Called instead of {@link #eject} in a dry run. */
    void wouldEject(T target, String cause);
  }

  private final OutlierSettings settings;
  private final Ejector<T> ejector;
  private final SplittableRandom random;
  private int ejected;

  // Buffers, reused by every sweep.
  private int[] indices = new int[0]; // positions of the targets
  private long[] good = new long[0];
  private long[] bad = new long[0];
  private long[] slow = new long[0];
  private long[] sorted = new long[0];
  private final long[] scratch = LatencyHistogram.newSum();

  /**
   * Creates a detector.
   *
   * @param seed the seed of jitter and of partial enforcement
   */
  public OutlierDetector(OutlierSettings settings, Ejector<T> ejector, long seed) {
    this.settings = settings;
    this.ejector = ejector;
    random = new SplittableRandom(seed);
  }

  /** Returns the counters of a new target. */
  public TargetTraffic newTraffic() {
    return new TargetTraffic(
        settings.latencyFactor() > 0,
        settings.minAverage() > 0 ? new SuccessAverage(settings.averageNanos()) : null);
  }

  /** Evaluates the requests since the last sweep. */
  public void sweep(T[] targets, long now) {
    if (indices.length < targets.length) {
      indices = new int[targets.length];
      good = new long[targets.length];
      bad = new long[targets.length];
      slow = new long[targets.length];
      sorted = new long[targets.length];
    }
    int count = 0;
    for (int i = 0; i < targets.length; i++) {
      T target = targets[i];
      TargetTraffic traffic = target.traffic();
      if (traffic == null) {
        continue;
      }
      long successes = traffic.takeSuccesses();
      long failures = traffic.takeFailures();
      long latency = traffic.takePercentile(LATENCY_SHARE, scratch);
      if (successes + failures >= settings.minRequests() && !target.isEjected()) {
        indices[count] = i;
        good[count] = successes;
        bad[count] = failures;
        slow[count] = latency;
        count++;
      }
      decay(target, traffic.ejections(), now);
    }
    // idle targets are neither evaluated nor included in the mean
    if (count >= settings.minTargets()) {
      ejectOutliers(targets, count, now);
    }
  }

  private void ejectOutliers(T[] targets, int count, long now) {
    double minRate = minSuccessRate(good, bad, count, settings.successRateFactor());
    long maxLatency = maxLatency(count);
    for (int i = 0; i < count; i++) {
      String cause = cause(good[i], bad[i], slow[i], minRate, maxLatency);
      if (cause != null) {
        T target = targets[indices[i]];
        TargetTraffic traffic = target.traffic();
        if (traffic != null) {
          eject(target, traffic, targets.length, cause, now);
        }
      }
    }
  }

  /** Returns the success rate, in percent, below which a target is an outlier. */
  static double minSuccessRate(long[] good, long[] bad, int count, double factor) {
    double mean = 0;
    for (int i = 0; i < count; i++) {
      mean += rate(good[i], bad[i]) / count;
    }
    double variance = 0;
    for (int i = 0; i < count; i++) {
      double distance = rate(good[i], bad[i]) - mean;
      variance += distance * distance / count;
    }
    return mean - Math.sqrt(variance) * factor;
  }

  /** Returns the 90th percentile of latency above which a target is an outlier. */
  private long maxLatency(int count) {
    if (settings.latencyFactor() == 0) {
      return Long.MAX_VALUE;
    }
    System.arraycopy(slow, 0, sorted, 0, count);
    Arrays.sort(sorted, 0, count);
    return (long) (sorted[count / 2] * settings.latencyFactor());
  }

  private static double rate(long good, long bad) {
    return 100.0 * good / (good + bad);
  }

  private @Nullable String cause(long good, long bad, long slow, double minRate, long maxLatency) {
    double rate = rate(good, bad);
    if (settings.successRateFactor() > 0 && rate < minRate) {
      return String.format(Locale.ROOT, "success rate %.1f %% below %.1f %%", rate, minRate);
    }
    if (settings.failurePercentage() > 0 && 100 - rate >= settings.failurePercentage()) {
      return String.format(Locale.ROOT, "failure rate %.1f %%", 100 - rate);
    }
    if (slow > maxLatency) {
      return String.format(
          Locale.ROOT, "p90 latency %.1f ms above %.1f ms", slow / 1e6, maxLatency / 1e6);
    }
    return null;
  }

  /** Called on each failure of real traffic. */
  public void onFailure(T target, TargetTraffic traffic, int all, double average, long now) {
    if (target.isEjected()) {
      return;
    }
    String cause = failureCause(traffic, average);
    if (cause != null) {
      traffic.resetConsecutive();
      eject(target, traffic, all, cause, now);
    }
  }

  private @Nullable String failureCause(TargetTraffic traffic, double average) {
    int failures = traffic.consecutiveFailures();
    if (settings.consecutiveFailures() > 0 && failures >= settings.consecutiveFailures()) {
      return failures + " consecutive failures";
    }
    int gateway = traffic.consecutiveGatewayFailures();
    if (settings.consecutiveGatewayFailures() > 0
        && gateway >= settings.consecutiveGatewayFailures()) {
      return gateway + " consecutive gateway failures";
    }
    if (average < settings.minAverage()) {
      return String.format(
          Locale.ROOT,
          "average success rate %.1f %% below %.1f %%",
          100 * average,
          100 * settings.minAverage());
    }
    return null;
  }

  /** Records a request's result. Returns the success rate over time; 1 if it is not measured. */
  public double average(TargetTraffic traffic, boolean success, Ticker ticker) {
    SuccessAverage average = traffic.average();
    return average == null ? 1 : average.count(success, settings.averageRequests(), ticker.read());
  }

  private void eject(T target, TargetTraffic traffic, int all, String cause, long now) {
    boolean isLast = ejector.available() - (target.isAvailable() ? 1 : 0) <= 0;
    if (target.isEjected() || isLast || !settings.cap().allows(all, ejected)) {
      return;
    }
    if (random.nextInt(100) >= settings.enforce()) {
      ejector.wouldEject(target, cause);
      return;
    }
    EjectionRecord record = traffic.ejections();
    if (settings.baseNanos() * record.multiplier < settings.maxNanos()) {
      record.multiplier++;
    }
    long time = ejectionNanos(settings.baseNanos(), settings.maxNanos(), record.multiplier);
    record.until = now + time + jitter(random.nextLong() >>> 1, settings.maxJitterNanos());
    record.decayAt = record.until + settings.intervalNanos();
    ejected++;
    ejector.eject(target, cause, record.until);
  }

  /** Returns the duration of the n-th consecutive ejection. */
  static long ejectionNanos(long base, long max, int times) {
    return times > max / base ? max : Math.min(max, base * times);
  }

  static long jitter(long random, long max) {
    return random % (max + 1);
  }

  /** Ends the ejection of a target if its time has elapsed. */
  public void release(T target, long now) {
    TargetTraffic traffic = target.traffic();
    if (traffic != null && target.isEjected() && traffic.ejections().until - now <= 0) {
      release(target, "ejection time elapsed");
    }
  }

  /** Ends the ejection of a target early, by an operator. */
  public void cancel(T target) {
    if (target.isEjected()) {
      release(target, "ended by an operator");
    }
  }

  private void release(T target, String cause) {
    TargetTraffic traffic = target.traffic();
    if (traffic != null) { // only requests from now on are evaluated
      traffic.takeSuccesses();
      traffic.takeFailures();
      traffic.takePercentile(LATENCY_SHARE, scratch);
      traffic.resetConsecutive();
    }
    ejected--;
    ejector.release(target, cause);
  }

  /** Called when a probe of the target passed. */
  public void onProbePassed(T target) {
    if (settings.releaseOnProbe() && target.isEjected()) {
      release(target, "probe passed");
    }
  }

  /** Reduces the ejection multiplier by one for each interval without a further ejection. */
  private void decay(T target, EjectionRecord record, long now) {
    if (record.multiplier > 0 && !target.isEjected() && record.decayAt - now <= 0) {
      record.decayAt = now + settings.intervalNanos();
      record.multiplier--;
    }
  }

  /** Called when a target is removed. */
  public void onRemoved(T target) {
    ejected -= target.isEjected() ? 1 : 0;
  }
}
