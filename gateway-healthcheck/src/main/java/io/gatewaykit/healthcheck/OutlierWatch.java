package io.gatewaykit.healthcheck;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Compares how real traffic fares on all targets and ejects those on which it fares badly. The
 * detectors are those of Envoy's outlier detection: a row of failures, success rate below the mean
 * by a number of standard deviations, percentage of failures. They are OR-ed into one verdict per
 * target and sweep, so that two that agree count once. Under the checker's lock.
 */
final class OutlierWatch {
  /** What the watch does to targets. */
  interface Ejector {
    void eject(WatchedTarget target, String cause);

    void release(WatchedTarget target);

    void wouldEject(WatchedTarget target, String cause);
  }

  /** How often a target has been out, and until when it is. */
  private static final class Ejection {
    private int multiplier;
    private long until;
    private long decayAt;
  }

  private final Outliers settings;
  private final Ejector ejector;
  private final Map<WatchedTarget, Ejection> records = new HashMap<>();

  OutlierWatch(Outliers settings, Ejector ejector) {
    this.settings = settings;
    this.ejector = ejector;
  }

  /** Judges the requests since the last sweep. */
  void sweep(Collection<WatchedTarget> targets, long now) {
    List<WatchedTarget> judged = new ArrayList<>();
    long[] good = new long[targets.size()];
    long[] bad = new long[targets.size()];
    for (WatchedTarget target : targets) {
      long successes = target.traffic.takeSuccesses();
      long failures = target.traffic.takeFailures();
      if (successes + failures >= settings.minRequests() && !target.isEjected()) {
        good[judged.size()] = successes;
        bad[judged.size()] = failures;
        judged.add(target);
      }
      decay(target, now);
    }
    if (judged.size() < settings.minTargets()) {
      return; // too few to compare; idle targets are neither judged nor in the mean
    }
    double lowest = lowestRate(good, bad, judged.size(), settings.successRateFactor());
    for (int i = 0; i < judged.size(); i++) {
      String cause = judge(good[i], bad[i], lowest);
      if (cause != null) {
        eject(judged.get(i), targets, cause, now);
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

  private static double rate(long good, long bad) {
    return 100.0 * good / (good + bad);
  }

  private @Nullable String judge(long good, long bad, double lowest) {
    double rate = rate(good, bad);
    if (settings.successRateFactor() > 0 && rate < lowest) {
      return String.format(Locale.ROOT, "success rate %.1f %% below %.1f %%", rate, lowest);
    }
    if (settings.failurePercentage() > 0 && 100 - rate >= settings.failurePercentage()) {
      return String.format(Locale.ROOT, "%.1f %% failures", 100 - rate);
    }
    return null;
  }

  /** Called with each failure of real traffic. */
  void failedInARow(WatchedTarget target, Collection<WatchedTarget> all, int row, long now) {
    if (settings.failuresInARow() > 0 && row >= settings.failuresInARow() && !target.isEjected()) {
      target.traffic.forgetRow();
      eject(target, all, row + " failures in a row", now);
    }
  }

  private void eject(WatchedTarget target, Collection<WatchedTarget> all, String cause, long now) {
    if (target.isEjected() || !mayEject(target, all)) {
      return;
    }
    if (settings.dryRun()) {
      ejector.wouldEject(target, cause);
      return;
    }
    Ejection record = records.computeIfAbsent(target, t -> new Ejection());
    long longest = settings.maxEjection().toNanos();
    long base = settings.baseEjection().toNanos();
    if (base * record.multiplier < longest) {
      record.multiplier++;
    }
    record.until = now + Math.min(longest, base * record.multiplier);
    record.decayAt = record.until + settings.interval().toNanos();
    ejector.eject(target, cause);
  }

  private boolean mayEject(WatchedTarget candidate, Collection<WatchedTarget> all) {
    int out = 0;
    int othersAvailable = 0;
    for (WatchedTarget target : all) {
      out += target.isEjected() ? 1 : 0;
      boolean available = target.state().health().available();
      othersAvailable += available && !target.equals(candidate) ? 1 : 0;
    }
    return othersAvailable > 0 && out < settings.mayBeOut(all.size());
  }

  /** Until when the target is out, by the ticker. */
  long until(WatchedTarget target) {
    Ejection record = records.get(target);
    return record == null ? 0 : record.until;
  }

  /** Lets the target back in if its time is over. */
  void release(WatchedTarget target, long now) {
    Ejection record = records.get(target);
    if (record != null && target.isEjected() && record.until - now <= 0) {
      target.traffic.takeSuccesses(); // it is judged by what it does from now on
      target.traffic.takeFailures();
      target.traffic.forgetRow();
      ejector.release(target);
    }
  }

  /** A whole interval well after an ejection takes one step of its growth back. */
  private void decay(WatchedTarget target, long now) {
    Ejection record = records.get(target);
    if (record != null && !target.isEjected() && record.decayAt - now <= 0) {
      record.decayAt = now + settings.interval().toNanos();
      if (--record.multiplier <= 0) {
        records.remove(target);
      }
    }
  }

  void forget(WatchedTarget target) {
    records.remove(target);
  }
}
