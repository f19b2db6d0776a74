// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.healthcheck.internal.engine.TargetProber;
import io.gatewaykit.healthcheck.internal.verdict.PackedVerdict;
import io.gatewaykit.healthcheck.internal.verdict.Report;
import io.gatewaykit.healthcheck.internal.verdict.VerdictRules;
import io.gatewaykit.healthcheck.state.ProbeResult;
import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
import io.gatewaykit.healthcheck.state.TargetState;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Active health checking: starts and stops the probing of targets and applies probe results. */
final class ActiveChecks {
  private static final Logger log = LoggerFactory.getLogger(ActiveChecks.class);
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final CheckerSettings settings;
  private final ProbeEngine engine;
  private final Ticker ticker;
  private final TargetRegistry registry;
  private final @Nullable OutlierMonitor outliers;
  private final Consumer<WatchedTarget> unreachable;

  // Accessed by the engine thread only.
  private boolean hasStalled;
  private long lastStall;

  /**
   * Creates the checks.
   *
   * @param unreachable called with each target that a probe failed to connect to
   */
  ActiveChecks(
      CheckerSettings settings,
      ProbeEngine engine,
      TargetRegistry registry,
      @Nullable OutlierMonitor outliers,
      Consumer<WatchedTarget> unreachable) {
    this.settings = settings;
    this.engine = engine;
    this.registry = registry;
    this.outliers = outliers;
    this.unreachable = unreachable;
    ticker = engine.loop().ticker();
  }

  // Called on the engine thread.
  void start(WatchedTarget watched) {
    Probe probe = settings.probe();
    if (probe != null && !registry.isClosed() && !watched.removed) {
      var prober =
          new TargetProber(
              engine.loop(),
              engine.transport(),
              new Subject(watched),
              settings.schedule(),
              probe.plan(watched.target()));
      watched.prober = prober;
      prober.scheduleFirst();
    }
  }

  // Called on the engine thread.
  void stop(WatchedTarget watched) {
    TargetProber prober = watched.prober;
    if (prober != null) {
      prober.close();
      watched.prober = null;
    }
  }

  /** A target as seen by its prober. Called on the engine thread. */
  private final class Subject implements TargetProber.Subject {
    private final WatchedTarget watched;

    Subject(WatchedTarget watched) {
      this.watched = watched;
    }

    @Override
    public TargetState verdict() {
      return watched.active().state();
    }

    @Override
    public boolean hasTraffic() {
      return watched.hasTraffic();
    }

    @Override
    public void onResult(ProbeResult result) {
      watched.recordProbe(result, ticker.read());
      ActiveChecks.this.onResult(watched, result);
    }

    /** Applies the announced state. It is decisive: no threshold applies. */
    @Override
    public void onAnnouncement(ProbeResult result) {
      watched.recordProbe(result, ticker.read());
      evaluate(watched, result, true);
    }

    @Override
    public void onInconclusive(String reason) {
      watched.recordInconclusive();
      registry.probes().countInconclusive();
      log.debug(
          "checker {}: probe of target {} was inconclusive: {}",
          settings.name(),
          watched.target().id(),
          reason);
    }

    @Override
    public void onStall(long nanos) {
      publishStall(nanos);
    }
  }

  private void onResult(WatchedTarget watched, ProbeResult result) {
    registry.probes().count(watched.target().id(), result);
    boolean failed = !result.cause().passed();
    boolean held =
        (failed || watched.lastProbeFailed)
            && registry.recordProbe(watched, failed)
            && wouldBecomeUnhealthy(watched, result);
    if (!held) {
      evaluate(watched, result, false);
    }
    if (watched.probes() == 1) {
      registry.onFirstProbe();
    }
    if (result.cause() == Cause.CONNECT) {
      unreachable.accept(watched);
    }
  }

  private boolean wouldBecomeUnhealthy(WatchedTarget watched, ProbeResult result) {
    PackedVerdict word = watched.active();
    boolean would =
        result.cause() == Cause.FAIL_NOW
            || !VerdictRules.state(
                    PackedVerdict.after(
                        word.get(), settings.active().rules(), Report.of(result.cause()), true))
                .available();
    return word.state().available() && would;
  }

  private void evaluate(WatchedTarget watched, ProbeResult result, boolean announced) {
    Cause cause = result.cause();
    boolean decisive = announced || cause == Cause.FAIL_NOW;
    PackedVerdict word = watched.active();
    boolean sameReport = !cause.passed() || watched.reportsNow(cause);
    boolean counted =
        !decisive && sameReport && word.count(settings.active().rules(), Report.of(cause));
    if (!counted) {
      registry.apply(watched, new Transition.Probed(result, decisive));
    }
    if (outliers != null && cause.passed() && watched.isEjected()) {
      outliers.onProbePassed(watched);
    }
  }

  /** Publishes a notice, at most once per interval, that this process is stalled. */
  private void publishStall(long nanos) {
    long now = ticker.read();
    if (!hasStalled || now - lastStall > settings.schedule().interval()) {
      hasStalled = true;
      lastStall = now;
      registry.publishNotice(
          Level.INFO, // handled here, and expected while a process starts
          "probe thread stalled for "
              + nanos / NANOS_PER_MILLI
              + " ms: probe results from this period are ignored");
    }
  }
}
