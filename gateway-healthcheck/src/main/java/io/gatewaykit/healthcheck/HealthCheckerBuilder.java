// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.upstream.AddressResolver;
import io.gatewaykit.healthcheck.state.TargetState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Collects the settings of a {@link HealthChecker}. Each is set at most once; setting it again
 * throws {@link IllegalStateException}. Not thread-safe.
 */
public final class HealthCheckerBuilder {
  private static final double DEFAULT_PANIC = 0.5;
  private static final Duration DEFAULT_STALE = Duration.ofMinutes(5);

  private final String name;
  private final List<HealthListener> listeners = new ArrayList<>();
  private @Nullable ProbeEngine engine;
  private @Nullable Probe probe;
  private @Nullable ProbeSchedule schedule;
  private @Nullable ActiveRules active;
  private @Nullable PassiveRules passive;
  private @Nullable Outliers outliers;
  private @Nullable TargetState initial;
  private @Nullable Double panicBelow;
  private @Nullable Duration slowStart;
  private @Nullable Duration retain;
  private @Nullable AddressResolver resolver;
  private Duration staleFor = DEFAULT_STALE;

  HealthCheckerBuilder(String name) {
    this.name = requireNonNull(name, "name");
  }

  /** Sets the engine that runs the probes. Required. */
  public HealthCheckerBuilder engine(ProbeEngine engine) {
    this.engine = Arguments.once("engine", this.engine, engine);
    return this;
  }

  /** Sets the probe. Default: {@link Probe#tcp()}. */
  public HealthCheckerBuilder probe(Probe probe) {
    this.probe = Arguments.once("probe", this.probe, probe);
    return this;
  }

  /** Sets the intervals of probes and their timeout. Default: every 2 seconds. */
  public HealthCheckerBuilder schedule(ProbeSchedule schedule) {
    this.schedule = Arguments.once("schedule", this.schedule, schedule);
    return this;
  }

  /** Sets the rules for the results of probes. Default: those of {@link ActiveRules#builder}. */
  public HealthCheckerBuilder active(ActiveRules rules) {
    active = Arguments.once("active", active, rules);
    return this;
  }

  /** Sets the rules for reports of real traffic. Default: those of {@link PassiveRules#builder}. */
  public HealthCheckerBuilder passive(PassiveRules rules) {
    passive = Arguments.once("passive", passive, rules);
    return this;
  }

  /**
   * Enables outlier detection, which compares the real traffic of the targets. Default: disabled.
   */
  public HealthCheckerBuilder outliers(Outliers outliers) {
    this.outliers = Arguments.once("outliers", this.outliers, outliers);
    return this;
  }

  /**
   * Sets the initial state of new targets. CHECKING: available, and the first probe decides.
   * HEALTHY and UNHEALTHY: as if established by earlier probes. MOSTLY_HEALTHY: the first failure
   * makes it unhealthy. MOSTLY_UNHEALTHY: unavailable until its first success. Default: {@link
   * TargetState#CHECKING}.
   *
   * @throws IllegalArgumentException if it is any other state
   */
  public HealthCheckerBuilder initial(TargetState state) {
    switch (state) {
      case CHECKING, HEALTHY, MOSTLY_HEALTHY, MOSTLY_UNHEALTHY, UNHEALTHY ->
          initial = Arguments.once("initial", initial, state);
      default -> throw Arguments.outside("initial", state, "CHECKING or a verdict");
    }
    return this;
  }

  /**
   * Sets the panic threshold: while the fraction of available targets is below it, handles report
   * all targets as available. Default: 0.5; 0 disables panic mode.
   *
   * @throws IllegalArgumentException if it is not 0..1
   */
  public HealthCheckerBuilder panicBelow(double share) {
    double checked = Arguments.range("panicBelow", share, 0, 1);
    panicBelow = Arguments.once("panicBelow", panicBelow, checked);
    return this;
  }

  /**
   * Sets the time over which a recovered target regains its full weight, 1 ms to 24 h. Default:
   * none.
   */
  public HealthCheckerBuilder slowStart(Duration time) {
    slowStart = Arguments.once("slowStart", slowStart, TimeRange.check("slowStart", time));
    return this;
  }

  /**
   * Sets the time for which the verdict of a removed target is retained, to be restored if it is
   * added again, 1 ms to 24 h. Default: none.
   */
  public HealthCheckerBuilder retain(Duration time) {
    retain = Arguments.once("retain", retain, TimeRange.check("retain", time));
    return this;
  }

  /**
   * Sets the resolver for targets defined by name, and the time for which the last addresses of a
   * name are retained while it fails to resolve, 1 ms to 24 h. A name is resolved again when its
   * time to live ends, at least every hour. A lookup fails after 30 seconds. Default: {@link
   * AddressResolver#system} with a time to live of 30 seconds, on a background thread of the
   * engine; 5 minutes.
   */
  public HealthCheckerBuilder resolver(AddressResolver resolver, Duration staleFor) {
    Duration checked = TimeRange.check("staleFor", staleFor);
    this.resolver = Arguments.once("resolver", this.resolver, resolver);
    this.staleFor = checked;
    return this;
  }

  /** Adds a listener. Default: none. */
  public HealthCheckerBuilder listener(HealthListener listener) {
    listeners.add(requireNonNull(listener, "listener"));
    return this;
  }

  /**
   * Builds a checker without targets.
   *
   * @throws IllegalArgumentException if there is no engine, or new targets are unhealthy and no
   *     probes can make them healthy
   * @throws IllegalStateException if probes are disabled and have settings
   */
  public HealthChecker build() {
    ProbeEngine chosen = engine;
    if (chosen == null) {
      throw new IllegalArgumentException("engine: none (expected: a ProbeEngine)");
    }
    PassiveRules reports = passive == null ? PassiveRules.builder().build() : passive;
    if (reports.probesDisabled()) {
      checkWithoutProbes();
    }
    return new HealthChecker(
        new CheckerSettings(
            name,
            reports.probesDisabled() ? null : probe == null ? Probe.tcp() : probe,
            (schedule == null ? ProbeSchedule.builder().build() : schedule).schedule(),
            active == null ? ActiveRules.builder().build() : active,
            reports,
            outliers,
            initial == null ? TargetState.CHECKING : initial,
            panicBelow == null ? DEFAULT_PANIC : panicBelow,
            slowStart == null ? 0 : slowStart.toNanos(),
            retain == null ? 0 : retain.toNanos(),
            resolver,
            staleFor.toNanos(),
            List.copyOf(listeners)),
        chosen);
  }

  private void checkWithoutProbes() {
    Arguments.excludes("passive(withoutProbes)", "probe", probe);
    Arguments.excludes("passive(withoutProbes)", "schedule", schedule);
    Arguments.excludes("passive(withoutProbes)", "active", active);
    if (initial == TargetState.UNHEALTHY || initial == TargetState.MOSTLY_UNHEALTHY) {
      throw Arguments.outside(
          "initial", initial, "not unhealthy, since there are no probes to recover it");
    }
  }
}
