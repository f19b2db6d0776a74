// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.internal.outlier.TargetTraffic;
import io.gatewaykit.healthcheck.internal.verdict.PackedVerdict;
import io.gatewaykit.healthcheck.internal.verdict.Report;
import io.gatewaykit.healthcheck.internal.verdict.VerdictRules;
import io.gatewaykit.healthcheck.state.TargetState;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Describes the condition for a target's next change of state, for status pages. */
final class TransitionHint {
  private TransitionHint() {}

  static String of(
      TargetState shown,
      PackedVerdict active,
      PackedVerdict passive,
      @Nullable TargetTraffic traffic,
      CheckerSettings settings,
      long now) {
    return switch (shown) {
      case FORCED_UP, FORCED_DOWN -> "an operator to clear the override";
      case DRAINING -> "an operator or the target to end draining";
      case CHECKING ->
          passive.isTrial() ? "one successful request to recover" : "a first probe or request";
      case EJECTED -> traffic == null ? "time" : time(traffic.ejectedUntil() - now) + " to recover";
      case HEALTHY, DEGRADED ->
          failures(active.get(), settings.active().rules()) + " to become unhealthy";
      case MOSTLY_HEALTHY -> mostlyHealthy(active, passive, settings);
      case MOSTLY_UNHEALTHY, UNHEALTHY -> toRecover(active, passive, settings);
    };
  }

  private static String mostlyHealthy(
      PackedVerdict active, PackedVerdict passive, CheckerSettings settings) {
    boolean byProbes = active.state() == TargetState.MOSTLY_HEALTHY;
    PackedVerdict word = byProbes ? active : passive;
    return failures(word.get(), byProbes ? settings.active().rules() : settings.passive().rules())
        + " to become unhealthy";
  }

  private static String failures(long word, VerdictRules rules) {
    return count(rules.missing(word, Report.HTTP_FAILURE), "failure");
  }

  private static String toRecover(
      PackedVerdict active, PackedVerdict passive, CheckerSettings settings) {
    if (passive.isTrial()) {
      return "the result of the trial request in flight";
    }
    if (!active.state().available() && settings.probe() != null) {
      int missing = settings.active().rules().missing(active.get(), Report.SUCCESS);
      return count(missing, "passed probe") + " to recover";
    }
    return "a trial request, in up to "
        + time(settings.passive().trialNanos())
        + ", or later after failed trials";
  }

  private static String count(int number, String noun) {
    return number + " more " + noun + (number == 1 ? "" : "s");
  }

  private static String time(long nanos) {
    return String.format(Locale.ROOT, "%.1f s", Math.max(0, nanos) / 1e9);
  }
}
