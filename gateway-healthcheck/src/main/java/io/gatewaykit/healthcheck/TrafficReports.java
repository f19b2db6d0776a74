// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.healthcheck.internal.engine.ProbeLoop;
import io.gatewaykit.healthcheck.internal.engine.TargetProber;
import io.gatewaykit.healthcheck.internal.verdict.Report;
import io.gatewaykit.healthcheck.internal.verdict.VerdictRules;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Passive health checking: applies reports of real traffic. Runs on the reporting threads. A report
 * that changes no state neither locks nor allocates.
 */
final class TrafficReports {
  /** Messages by outcome, precomputed so that reporting does not allocate. */
  private static final Map<Outcome, String> CAUSES = causes();

  private final ProbeLoop loop;
  private final Ticker ticker;
  private final TargetRegistry registry;
  private final @Nullable OutlierMonitor outliers;
  private final boolean probed;
  private final boolean endsIdleness;
  private final boolean ignored;
  private final boolean probesOnFailure;
  private final VerdictRules verdictRules;

  /** Reports by HTTP status; null for a status without an effect. */
  private final @Nullable Report[] meanings = new Report[600];

  TrafficReports(
      CheckerSettings settings,
      ProbeLoop loop,
      TargetRegistry registry,
      @Nullable OutlierMonitor outliers) {
    PassiveRules rules = settings.passive();
    this.loop = loop;
    this.registry = registry;
    this.outliers = outliers;
    ticker = loop.ticker();
    probed = settings.probe() != null;
    endsIdleness = settings.schedule().idle() != settings.schedule().interval();
    ignored = probed && rules.suspicion() == Suspicion.PROBE;
    probesOnFailure = rules.suspicion() != Suspicion.COUNT;
    verdictRules = rules.rules();
    meanings[0] = Report.HTTP_FAILURE;
    for (int status = 1; status < meanings.length; status++) {
      if (rules.isBad(status)) {
        meanings[status] = Report.HTTP_FAILURE;
      } else if (rules.isGood(status)) {
        meanings[status] = Report.SUCCESS;
      }
    }
  }

  private static Map<Outcome, String> causes() {
    var causes = new EnumMap<Outcome, String>(Outcome.class);
    for (Outcome outcome : Outcome.values()) {
      causes.put(outcome, "traffic: " + outcome);
    }
    return causes;
  }

  /** Returns the report for an outcome; null if it has no effect. */
  private static @Nullable Report reportOf(Outcome outcome) {
    return switch (outcome) {
      case SUCCESS -> Report.SUCCESS;
      case FAILURE -> Report.HTTP_FAILURE;
      case CONNECT_FAILURE -> Report.TCP_FAILURE;
      case TIMEOUT -> Report.TIMEOUT;
      case REJECTED_REMOTE, REJECTED_LOCAL, CANCELLED -> null;
    };
  }

  /** Applies a status. One that is neither good nor bad is counted and shown, but has no effect. */
  void status(WatchedTarget watched, int status, long latencyNanos) {
    Report report = status >= 0 && status < meanings.length ? meanings[status] : null;
    if (report == null) {
      watched.countUnclassified();
      onNoResult(watched);
    } else {
      Outcome outcome = report == Report.SUCCESS ? Outcome.SUCCESS : Outcome.FAILURE;
      report(watched, outcome, report, status, latencyNanos);
    }
  }

  /**
   * Applies an outcome.
   *
   * @param status distinguishes gateway failures from others; 0 if unknown
   */
  void report(WatchedTarget watched, Outcome outcome, int status, long latencyNanos) {
    Report report = reportOf(outcome);
    if (report != null) {
      report(watched, outcome, report, status, latencyNanos);
    } else {
      onNoResult(watched);
    }
  }

  private void report(
      WatchedTarget watched, Outcome outcome, Report report, int status, long latencyNanos) {
    if (watched.removed) {
      return;
    }
    boolean failed = report != Report.SUCCESS;
    if (outliers != null) {
      outliers.onReport(watched, !failed, isGatewayFailure(report, status), latencyNanos);
    }
    boolean ends = watched.recordTraffic() && endsIdleness;
    if (probed && (ends || (failed && probesOnFailure))) {
      probeSoon(watched);
    }
    if (!ignored && !watched.passive().count(verdictRules, report)) {
      registry.apply(watched, new Transition.Reported(report, CAUSES.getOrDefault(outcome, "")));
    }
  }

  /** Returns whether the failure did not originate in the application: Envoy's gateway failures. */
  private static boolean isGatewayFailure(Report report, int status) {
    return report == Report.TCP_FAILURE
        || report == Report.TIMEOUT
        || report == Report.HTTP_FAILURE && status >= 502 && status <= 504;
  }

  /** A trial without a conclusive result does not count: the next request is the trial. */
  private void onNoResult(WatchedTarget watched) {
    if (watched.isTrialTaken()) {
      registry.apply(watched, Transition.Trial.RETURNED);
    }
  }

  /** Requests an immediate probe, at most once until it has run. */
  private void probeSoon(WatchedTarget watched) {
    if (watched.markProbeRequested()) {
      loop.execute(() -> {
        TargetProber prober = watched.prober;
        if (prober != null) {
          prober.probeNow();
        }
      });
    }
  }

  /** Called at the start of a request. The first one after a target's trial delay is its trial. */
  void begin(WatchedTarget watched) {
    boolean unused = tryTrial(watched);
  }

  /** Takes the trial if it is due; false if another request has taken it. */
  boolean tryTrial(WatchedTarget watched) {
    if (!watched.isTrialOpen()) {
      return !watched.isTrialTaken();
    }
    return registry.takeTrial(watched);
  }

  /**
   * Applies a report of a request of which only the duration is known. If the target became
   * available or unavailable while it was in flight, the report is counted as stale and otherwise
   * ignored. The request then is not the trial: without a result, it does not end the trial either.
   */
  void reportByAge(WatchedTarget watched, Outcome outcome, int status, long latencyNanos) {
    if (!watched.isStale(ticker.read() - latencyNanos)) {
      report(watched, outcome, status, latencyNanos);
    } else if (outcome == Outcome.SUCCESS || outcome.againstEndpoint()) {
      watched.countStale();
    }
  }
}
