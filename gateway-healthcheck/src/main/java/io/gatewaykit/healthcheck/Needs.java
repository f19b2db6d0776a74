package io.gatewaykit.healthcheck;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Says what would bring a target back, or take it out: the other half of "why is it down?". */
final class Needs {
  private Needs() {}

  static String of(
      TargetState shown,
      VerdictWord active,
      VerdictWord passive,
      OutlierWatch.@Nullable Ejection ejection,
      CheckerSettings settings,
      long now) {
    return switch (shown) {
      case FORCED_UP, FORCED_DOWN -> "an operator's word to end this";
      case DRAINING -> "an operator's word, or the target's own, to come back";
      case CHECKING ->
          passive.isTrial() ? "one good request to come back" : "a first probe or request";
      case EJECTED -> ejection == null ? "time" : time(ejection.until() - now) + " to come back";
      case HEALTHY, DEGRADED -> failures(active.get(), settings.active()) + " to go down";
      case MOSTLY_HEALTHY -> mostlyHealthy(active, passive, settings);
      case MOSTLY_UNHEALTHY, UNHEALTHY -> toComeBack(active, passive, settings);
    };
  }

  private static String mostlyHealthy(
      VerdictWord active, VerdictWord passive, CheckerSettings settings) {
    boolean byProbes = active.state() == TargetState.MOSTLY_HEALTHY;
    VerdictWord word = byProbes ? active : passive;
    return failures(word.get(), byProbes ? settings.active() : settings.passive()) + " to go down";
  }

  private static String failures(long word, Thresholds thresholds) {
    return count(thresholds.missing(word, Report.HTTP_FAILURE), "failure");
  }

  private static String toComeBack(
      VerdictWord active, VerdictWord passive, CheckerSettings settings) {
    if (passive.isTrial()) {
      return "the end of the trial under way";
    }
    if (!active.state().available() && settings.probe() != null) {
      int missing = settings.active().missing(active.get(), Report.SUCCESS);
      return count(missing, "passed probe") + " to come back";
    }
    return "a trial, up to "
        + time(settings.trialNanos())
        + " from now, or longer if trials failed";
  }

  private static String count(int number, String what) {
    return number + " more " + what + (number == 1 ? "" : "s");
  }

  private static String time(long nanos) {
    return String.format(Locale.ROOT, "%.1f s", Math.max(0, nanos) / 1e9);
  }
}
