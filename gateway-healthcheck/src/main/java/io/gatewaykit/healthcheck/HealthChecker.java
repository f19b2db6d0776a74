// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.upstream.AddressResolver;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.HealthChangeListener;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import io.gatewaykit.api.upstream.ProbeListener;
import io.gatewaykit.api.upstream.Subscription;
import io.gatewaykit.healthcheck.internal.engine.ProbeLoop;
import io.gatewaykit.healthcheck.internal.outlier.TargetTraffic;
import io.gatewaykit.healthcheck.state.DecisionSource;
import io.gatewaykit.healthcheck.state.TargetState;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Monitors the health of a set of targets with probes and with reports of real traffic. Each target
 * has two verdicts, one per source, and the worse one is in effect. A target without a result so
 * far is {@link Health#UNKNOWN}, which counts as available.
 *
 * <p>Thread-safe. Probes run on the {@link ProbeEngine}. Reports of real traffic are processed on
 * the calling thread and do not allocate unless they change a state. Closing the checker stops its
 * probes.
 */
public final class HealthChecker implements HealthSignal, OutcomeReport, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HealthChecker.class);

  private static final Duration SYSTEM_TTL = Duration.ofSeconds(30);

  private final CheckerSettings settings;
  private final ProbeLoop loop;
  private final TargetRegistry registry;
  private final NamedTargets names;
  private final ActiveChecks checks;
  private final TrafficReports reports;
  private final TrialScheduler trials;
  private final @Nullable OutlierMonitor outliers;
  private volatile boolean unknownReported;

  HealthChecker(CheckerSettings settings, ProbeEngine engine) {
    this.settings = settings;
    loop = engine.loop();
    registry = new TargetRegistry(settings, loop, engine.clock(), this::onTrialEffect);
    trials = new TrialScheduler(settings, loop, registry);
    Outliers settingsOfOutliers = settings.outliers();
    outliers =
        settingsOfOutliers == null
            ? null
            : new OutlierMonitor(settingsOfOutliers.settings(), loop, registry);
    names =
        new NamedTargets(
            loop,
            resolver(settings, loop),
            settings.staleNanos(),
            this::replace,
            registry::publishNotice);
    checks =
        new ActiveChecks(
            settings, engine, registry, outliers, watched -> names.onUnreachable(watched.target()));
    reports = new TrafficReports(settings, loop, registry, outliers);
    if (outliers != null) {
      outliers.start();
    }
  }

  private static AddressResolver resolver(CheckerSettings settings, ProbeLoop loop) {
    AddressResolver chosen = settings.resolver();
    return chosen == null ? AddressResolver.system(loop::runBlocking, SYSTEM_TTL) : chosen;
  }

  private void onTrialEffect(WatchedTarget watched, TrialEffect effect) {
    trials.onEffect(watched, effect);
  }

  /**
   * Returns a new builder.
   *
   * @param name identifies the checker in logs, snapshots and metric tags
   */
  public static HealthCheckerBuilder builder(String name) {
    return new HealthCheckerBuilder(name);
  }

  /**
   * Replaces the targets. A target equal to a current one keeps its state and its probe schedule; a
   * target defined by name keeps the state of each of its addresses.
   *
   * @throws IllegalArgumentException if an id occurs more than once; the targets are then unchanged
   */
  public void setTargets(Collection<Target> newTargets) {
    names.set(newTargets);
  }

  /** Applies the targets after name resolution. Called in the order of the changes. */
  private void replace(Collection<Target> targets) {
    TargetRegistry.TargetChanges changes =
        registry.replaceTargets(
            targets,
            target -> watched(target, null),
            previous -> watched(previous.target(), previous),
            removed -> {
              if (outliers != null) {
                outliers.onRemoved(removed);
              }
            });
    loop.execute(() -> {
      changes.removed().forEach(this::stop);
      changes
          .added()
          .forEach(added -> {
            checks.start(added);
            registry.resumeTrial(added);
          });
    });
  }

  /** Stops the probes and trials of a target. Called on the engine thread. */
  private void stop(WatchedTarget watched) {
    checks.stop(watched);
    trials.stop(watched);
  }

  private WatchedTarget watched(Target target, @Nullable WatchedTarget previous) {
    TargetTraffic traffic = outliers == null ? null : outliers.newTraffic();
    return new WatchedTarget(target, settings, traffic, previous, loop.ticker().read());
  }

  @Override
  public void report(String endpointId, Outcome outcome, int status, long latencyNanos) {
    WatchedTarget watched = find(endpointId);
    if (watched != null) {
      reports.reportByAge(watched, outcome, status, latencyNanos);
    } else if (!unknownReported) {
      unknownReported = true;
      log.warn(
          "checker {}: ignored traffic report for unknown target {} (logged once)",
          settings.name(),
          endpointId);
    }
  }

  @Override
  public boolean tryTrial(String endpointId) {
    WatchedTarget watched = find(endpointId);
    return watched == null || reports.tryTrial(watched);
  }

  @Override
  public boolean isMonitored(String endpointId) {
    return registry.targets().containsKey(endpointId) || names.members(endpointId) != null;
  }

  /** Returns the target; for a name with a single address, the target of that address. */
  private @Nullable WatchedTarget find(String id) {
    WatchedTarget watched = registry.targets().get(id);
    if (watched == null) {
      List<String> members = names.members(id);
      return members == null || members.size() != 1 ? null : registry.targets().get(members.get(0));
    }
    return watched;
  }

  @Override
  public Health health(String endpointId) {
    WatchedTarget watched = registry.targets().get(endpointId);
    if (watched != null) {
      return watched.state().health();
    }
    List<String> members = names.members(endpointId);
    return members == null ? Health.UNKNOWN : best(members);
  }

  /** Returns the best health of a name's addresses; unhealthy if it has none. */
  private Health best(List<String> members) {
    Health best = Health.UNHEALTHY;
    for (String id : members) {
      WatchedTarget watched = registry.targets().get(id);
      Health health = watched == null ? Health.UNHEALTHY : watched.state().health();
      if (health.available() && health.compareTo(Health.HEALTHY) <= 0) {
        return health;
      }
      best = health.available() || !best.available() ? health : best;
    }
    return best;
  }

  /** Returns a handle for frequent queries and reports; null if there is no such target. */
  public @Nullable TargetHandle target(String targetId) {
    WatchedTarget watched = find(targetId);
    return watched == null
        ? null
        : new TargetHandle(watched, registry, reports, settings.slowStartNanos());
  }

  /**
   * Returns whether the checker is in panic mode: so few targets are available that all of them
   * should be used.
   */
  public boolean isPanicking() {
    return registry.isPanicMode();
  }

  /**
   * Overrides the health of a target, regardless of probes and traffic, until {@link
   * #clearOverride}.
   *
   * @return false if there is no such target
   */
  public boolean force(String targetId, boolean up) {
    TargetState state = up ? TargetState.FORCED_UP : TargetState.FORCED_DOWN;
    return apply(targetId, new Transition.Overridden(state, "forced by an operator"));
  }

  /**
   * Drains a target: it receives no new requests, but is still probed.
   *
   * @return false if there is no such target
   */
  public boolean drain(String targetId) {
    return apply(
        targetId, new Transition.Overridden(TargetState.DRAINING, "drained by an operator"));
  }

  /**
   * Ends {@link #force} or {@link #drain}. The verdicts reached by probes and traffic in the
   * meantime take effect.
   *
   * @return false if there is no such target
   */
  public boolean clearOverride(String targetId) {
    return apply(targetId, new Transition.OverrideCleared());
  }

  private boolean apply(String targetId, Transition transition) {
    WatchedTarget watched = find(targetId);
    if (watched == null) {
      return false;
    }
    registry.apply(watched, transition);
    return true;
  }

  /**
   * Sets the verdict on a target and clears all counts. If it is up, this also ends an ejection.
   * Later probes and traffic may change it.
   *
   * @return false if there is no such target
   */
  public boolean reset(String targetId, boolean up) {
    WatchedTarget watched = find(targetId);
    if (watched == null) {
      return false;
    }
    if (up && outliers != null) {
      outliers.cancel(watched);
    }
    registry.apply(watched, new Transition.Settled(up, DecisionSource.ADMIN, "set by an operator"));
    return true;
  }

  @Override
  public Subscription subscribeProbes(ProbeListener listener) {
    return registry.probes().subscribe(requireNonNull(listener, "listener"));
  }

  @Override
  public Subscription subscribe(HealthChangeListener listener) {
    requireNonNull(listener, "listener");
    return subscription(
        registry.addListener(
            event -> {
              TargetState from = event.from();
              TargetState to = event.to();
              CheckerSnapshot all = event.snapshot();
              if (all != null) {
                all.targets()
                    .forEach(view -> listener.onHealth(view.target().id(), view.state().health()));
              } else if (from != null && to != null && from.health() != to.health()) {
                listener.onHealth(event.targetId(), to.health());
              }
            },
            false));
  }

  /**
   * Registers a listener. Its first event is a {@link HealthEvent.Kind#RESYNC} with a snapshot; the
   * events after it follow without a gap.
   */
  public Subscription listen(HealthListener listener) {
    requireNonNull(listener, "listener");
    return subscription(registry.addListener(listener::onEvent, true));
  }

  private Subscription subscription(EventQueue queue) {
    return () -> registry.removeListener(queue);
  }

  /**
   * Waits until all names have been resolved and each target has been probed at least once.
   *
   * @return false if the time elapsed first or the checker was closed
   * @throws InterruptedException if the thread was interrupted while waiting
   */
  public boolean awaitFirstRound(Duration longest) throws InterruptedException {
    boolean probes = settings.probe() != null;
    return registry.awaitFirstRound(longest.toNanos(), probes, names::allResolved);
  }

  /** Returns a snapshot of the targets and counters. */
  public CheckerSnapshot snapshot() {
    return registry.snapshot();
  }

  /** Stops all probes and event delivery. The verdicts remain unchanged. */
  @Override
  public void close() {
    names.close();
    WatchedTarget[] all = registry.close();
    loop.execute(() -> {
      for (WatchedTarget watched : all) {
        stop(watched);
      }
    });
  }

  /** Evaluates the requests since the last sweep. */
  void sweepOutliers() {
    if (outliers != null) {
      outliers.sweep();
    }
  }
}
