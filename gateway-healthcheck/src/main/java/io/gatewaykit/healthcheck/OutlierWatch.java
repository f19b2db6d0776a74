package io.gatewaykit.healthcheck;

import io.gatewaykit.api.Ticker;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Compares how real traffic fares on all targets and ejects those on which it fares badly. The
 * detectors are those of Envoy's outlier detection: rows of failures, success rate below the mean
 * by a number of standard deviations, percentage of failures; Finagle's average of success; and the
 * 90th percentile of latency against the median of all. They are OR-ed into one verdict per target
 * and sweep, so that two that agree count once. A sweep takes one pass and makes no objects. Under
 * the checker's lock.
 */
final class OutlierWatch {
  private static final double LATENCY_SHARE = 0.9;

  /** What the watch does to targets. */
  interface Ejector {
    /** How many targets are available now. */
    int available();

    void eject(WatchedTarget target, String cause);

    void release(WatchedTarget target, String cause);

    void wouldEject(WatchedTarget target, String cause);
  }

  /** How often a target has been out, and until when it is. */
  static final class Ejection {
    private int multiplier;
    private long until;
    private long decayAt;

    int multiplier() {
      return multiplier;
    }

    long until() {
      return until;
    }
  }

  private final Outliers settings;
  private final Ejector ejector;
  private final SplittableRandom random;
  private int out;

  // Kept from sweep to sweep.
  private WatchedTarget[] judged = new WatchedTarget[0];
  private long[] good = new long[0];
  private long[] bad = new long[0];
  private long[] slow = new long[0];
  private long[] sorted = new long[0];
  private final int[] scratch = LatencyHistogram.scratch();

  OutlierWatch(Outliers settings, Ejector ejector, long seed) {
    this.settings = settings;
    this.ejector = ejector;
    random = new SplittableRandom(seed);
  }

  int out() {
    return out;
  }

  TargetTraffic traffic() {
    return new TargetTraffic(
        settings.latencyFactor() > 0,
        settings.leastAverage() > 0 ? new SuccessAverage(settings.averageNanos()) : null);
  }

  /** Judges the requests since the last sweep. */
  void sweep(WatchedTarget[] targets, long now) {
    if (judged.length < targets.length) {
      judged = new WatchedTarget[targets.length];
      good = new long[targets.length];
      bad = new long[targets.length];
      slow = new long[targets.length];
      sorted = new long[targets.length];
    }
    int count = 0;
    for (WatchedTarget target : targets) {
      TargetTraffic traffic = target.traffic();
      if (traffic == null) {
        continue;
      }
      long successes = traffic.takeSuccesses();
      long failures = traffic.takeFailures();
      long latency = traffic.takePercentile(LATENCY_SHARE, scratch);
      if (successes + failures >= settings.minRequests() && !target.isEjected()) {
        judged[count] = target;
        good[count] = successes;
        bad[count] = failures;
        slow[count] = latency;
        count++;
      }
      decay(target, now);
    }
    if (count >= settings.minTargets()) { // idle targets are neither judged nor in the mean
      judge(count, targets.length, now);
    }
    Arrays.fill(judged, null);
  }

  private void judge(int count, int all, long now) {
    double lowest = lowestRate(good, bad, count, settings.successRateFactor());
    long slowest = slowest(count);
    for (int i = 0; i < count; i++) {
      String cause = judge(good[i], bad[i], slow[i], lowest, slowest);
      if (cause != null) {
        eject(judged[i], all, cause, now);
      }
    }
  }

  /** The success rate, in percent, below which a target is an outlier. */
  static double lowestRate(long[] good, long[] bad, int count, double factor) {
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

  /** The 90th percentile of latency above which a target is an outlier. */
  private long slowest(int count) {
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

  private @Nullable String judge(long good, long bad, long slow, double lowest, long slowest) {
    double rate = rate(good, bad);
    if (settings.successRateFactor() > 0 && rate < lowest) {
      return String.format(Locale.ROOT, "success rate %.1f %% below %.1f %%", rate, lowest);
    }
    if (settings.failurePercentage() > 0 && 100 - rate >= settings.failurePercentage()) {
      return String.format(Locale.ROOT, "%.1f %% failures", 100 - rate);
    }
    if (slow > slowest) {
      return String.format(
          Locale.ROOT, "p90 of latency %.1f ms above %.1f ms", slow / 1e6, slowest / 1e6);
    }
    return null;
  }

  /** Called with each failure of real traffic. */
  void failed(WatchedTarget target, TargetTraffic traffic, int all, double average, long now) {
    if (target.isEjected()) {
      return;
    }
    String cause = judgeFailure(traffic, average);
    if (cause != null) {
      traffic.forgetRows();
      eject(target, all, cause, now);
    }
  }

  private @Nullable String judgeFailure(TargetTraffic traffic, double average) {
    int row = traffic.failuresInARow();
    if (settings.failuresInARow() > 0 && row >= settings.failuresInARow()) {
      return row + " failures in a row";
    }
    int gateway = traffic.gatewayFailuresInARow();
    if (settings.gatewayFailuresInARow() > 0 && gateway >= settings.gatewayFailuresInARow()) {
      return gateway + " gateway failures in a row";
    }
    if (average < settings.leastAverage()) {
      return String.format(
          Locale.ROOT,
          "average success %.1f %% below %.1f %%",
          100 * average,
          100 * settings.leastAverage());
    }
    return null;
  }

  /** Takes note of a request's result; returns the average of success, 1 if none is kept. */
  double average(TargetTraffic traffic, boolean success, Ticker ticker) {
    SuccessAverage average = traffic.average();
    return average == null ? 1 : average.count(success, settings.averageRequests(), ticker.read());
  }

  private void eject(WatchedTarget target, int all, String cause, long now) {
    boolean isLast = ejector.available() - (target.state().available() ? 1 : 0) <= 0;
    if (target.isEjected() || isLast || !settings.mayEject(all, out)) {
      return;
    }
    if (random.nextInt(100) >= settings.enforce()) {
      ejector.wouldEject(target, cause);
      return;
    }
    Ejection record = target.ejection;
    if (record == null) {
      record = new Ejection();
      target.ejection = record;
    }
    if (settings.baseNanos() * record.multiplier < settings.maxNanos()) {
      record.multiplier++;
    }
    long time =
        Outliers.ejectionNanos(settings.baseNanos(), settings.maxNanos(), record.multiplier);
    record.until = now + time + jitter(random.nextLong() >>> 1, settings.maxJitterNanos());
    record.decayAt = record.until + settings.intervalNanos();
    out++;
    ejector.eject(target, cause);
  }

  static long jitter(long random, long max) {
    return random % (max + 1);
  }

  /** Lets the target back in if its time is over. */
  void release(WatchedTarget target, long now) {
    Ejection record = target.ejection;
    if (record != null && target.isEjected() && record.until - now <= 0) {
      release(target, "its time out is over");
    }
  }

  private void release(WatchedTarget target, String cause) {
    TargetTraffic traffic = target.traffic();
    if (traffic != null) { // it is judged by what it does from now on
      traffic.takeSuccesses();
      traffic.takeFailures();
      traffic.takePercentile(LATENCY_SHARE, scratch);
      traffic.forgetRows();
    }
    out--;
    ejector.release(target, cause);
  }

  /** Takes note of a probe that passed. */
  void probePassed(WatchedTarget target) {
    if (settings.probeMayRelease() && target.isEjected()) {
      release(target, "a probe passed");
    }
  }

  /** A whole interval well after an ejection takes one step of its growth back. */
  private void decay(WatchedTarget target, long now) {
    Ejection record = target.ejection;
    if (record != null && !target.isEjected() && record.decayAt - now <= 0) {
      record.decayAt = now + settings.intervalNanos();
      if (--record.multiplier <= 0) {
        target.ejection = null;
      }
    }
  }

  void forget(WatchedTarget target) {
    out -= target.isEjected() ? 1 : 0;
    target.ejection = null;
  }
}
