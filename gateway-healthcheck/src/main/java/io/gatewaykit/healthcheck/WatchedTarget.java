// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.CheckerSnapshot.Counts;
import io.gatewaykit.healthcheck.CheckerSnapshot.TargetView;
import io.gatewaykit.healthcheck.internal.engine.TargetProber;
import io.gatewaykit.healthcheck.internal.outlier.OutlierDetector;
import io.gatewaykit.healthcheck.internal.outlier.TargetTraffic;
import io.gatewaykit.healthcheck.internal.verdict.PackedVerdict;
import io.gatewaykit.healthcheck.internal.verdict.Report;
import io.gatewaykit.healthcheck.internal.verdict.VerdictRules;
import io.gatewaykit.healthcheck.state.DecisionSource;
import io.gatewaykit.healthcheck.state.ProbeResult;
import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
import io.gatewaykit.healthcheck.state.TargetState;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The state of one target: its verdicts and the overrides that take precedence. Written under the
 * lock of its {@link TargetRegistry}. The exception is the common case of a report that changes no
 * state, which is counted lock-free in the word of the verdict.
 */
final class WatchedTarget implements OutlierDetector.Candidate {
  private static final VarHandle PROBE_REQUESTED;
  private static final VarHandle STALE;
  private static final VarHandle UNCLASSIFIED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      PROBE_REQUESTED = lookup.findVarHandle(WatchedTarget.class, "probeRequested", boolean.class);
      STALE = lookup.findVarHandle(WatchedTarget.class, "staleReports", long.class);
      UNCLASSIFIED = lookup.findVarHandle(WatchedTarget.class, "unclassified", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Target target;
  private final VerdictRules activeRules;
  private final VerdictRules passiveRules;
  private final PackedVerdict active; // identical to passive if they share a verdict
  private final PackedVerdict passive;
  private final @Nullable TargetTraffic traffic;

  // Written under the lock; fields that other threads read without it are volatile.
  private @Nullable TargetState override; // FORCED_UP, FORCED_DOWN, DRAINING
  private boolean ejected;
  private volatile boolean trialTaken;
  private volatile @Nullable TargetState reported; // by the last probe: DEGRADED, DRAINING
  private volatile TargetState state;
  private volatile StateInfo stateInfo;
  private volatile int epoch;
  private volatile long recoveredAt;

  /** When availability last changed; reports of requests that started before are stale. */
  private volatile long availabilitySince;

  private volatile boolean availabilityChanged;
  private volatile boolean recovering;
  boolean lastProbeFailed;
  volatile boolean removed;

  private volatile boolean probeRequested;
  private volatile boolean hasTraffic;
  private volatile long staleReports;
  private volatile long unclassified;

  // Written by the engine thread only.
  private final ProbeHistory history = new ProbeHistory();
  private volatile @Nullable ProbeResult lastProbe;
  private volatile long inconclusive;
  volatile @Nullable TargetProber prober;
  @Nullable TrialTimer trial;

  /** The maximum error of a duration that a caller reports, relative to the checker's clock. */
  private static final long TOLERANCE_NANOS = 1_000_000;

  private record StateInfo(long since, DecisionSource decidedBy, String cause) {}

  /**
   * Creates the state of a target.
   *
   * @param old the retained state to restore; null for a new target
   */
  WatchedTarget(
      Target target,
      CheckerSettings settings,
      @Nullable TargetTraffic traffic,
      @Nullable WatchedTarget old,
      long now) {
    this.target = target;
    activeRules = settings.active().rules();
    passiveRules = settings.passive().rules();
    this.traffic = traffic;
    if (settings.probe() == null) {
      passive = new PackedVerdict(passiveRules.initial(settings.initial()));
      active = passive;
    } else {
      active = new PackedVerdict(activeRules.initial(settings.initial()));
      passive =
          settings.passive().sharedVerdict()
              ? active
              : new PackedVerdict(
                  VerdictRules.settled(TargetState.HEALTHY) | PackedVerdict.UNDECIDED);
    }
    if (old != null) {
      active.set(old.active.get());
      passive.set(old.passive.get());
      override = old.override;
    }
    state = currentState();
    stateInfo =
        new StateInfo(
            now,
            DecisionSource.INITIAL,
            old == null ? "not checked yet" : "added again, verdict restored");
  }

  Target target() {
    return target;
  }

  TargetState state() {
    return state;
  }

  PackedVerdict active() {
    return active;
  }

  PackedVerdict passive() {
    return passive;
  }

  @Override
  public @Nullable TargetTraffic traffic() {
    return traffic;
  }

  @Override
  public boolean isAvailable() {
    return state.available();
  }

  /** Returns whether the target's availability has changed since a request started at this time. */
  boolean isStale(long start) {
    return availabilityChanged && start + TOLERANCE_NANOS - availabilitySince < 0;
  }

  int epoch() {
    return epoch;
  }

  void override(@Nullable TargetState state) {
    override = state;
  }

  void setEjected(boolean ejected) {
    this.ejected = ejected;
  }

  @Override
  public boolean isEjected() {
    return ejected;
  }

  /** Applies a probe result to the verdict, and the state that the target reported with it. */
  void applyProbe(Cause cause, boolean decisive) {
    if (decisive) {
      active.settle(cause.passed() ? TargetState.HEALTHY : TargetState.UNHEALTHY);
    } else {
      active.decide(activeRules, Report.of(cause), true);
    }
    if (cause.passed()) {
      reported =
          cause == Cause.DEGRADED
              ? TargetState.DEGRADED
              : cause == Cause.DRAINING ? TargetState.DRAINING : null;
    }
  }

  /** Applies a report of real traffic to the verdict. */
  TrialEffect applyReport(Report report) {
    boolean wasUp = passive.state().available();
    boolean trial = passive.isTrial();
    passive.decide(passiveRules, report, false);
    trialTaken = false;
    boolean isUp = passive.state().available();
    if (isUp == wasUp && !trial) {
      return TrialEffect.NONE;
    }
    return isUp ? TrialEffect.UP : trial ? TrialEffect.TRIAL_FAILED : TrialEffect.DOWN;
  }

  /** Sets both verdicts and clears all counts. */
  void settle(TargetState state) {
    active.settle(state);
    passive.settle(state);
    trialTaken = false;
  }

  boolean reportsNow(Cause cause) {
    TargetState now = reported;
    return cause == Cause.DEGRADED
        ? now == TargetState.DEGRADED
        : cause == Cause.DRAINING ? now == TargetState.DRAINING : now == null;
  }

  /** Makes the next request the trial. */
  void openTrial() {
    passive.beginTrial();
    trialTaken = false;
  }

  void setTrialTaken(boolean taken) {
    trialTaken = taken;
  }

  /** Returns whether the trial request is in flight. */
  boolean isTrialTaken() {
    return trialTaken;
  }

  /** Returns whether the next request will be the trial. */
  boolean isTrialOpen() {
    return passive.isTrial() && !trialTaken;
  }

  /** Computes the current state. */
  private TargetState currentState() {
    if (override != null) {
      return override;
    }
    TargetState verdict = active.state();
    if (passive.state().compareTo(verdict) > 0) {
      verdict = passive.state();
    }
    if (!verdict.available()) {
      return verdict;
    }
    if (ejected) {
      return TargetState.EJECTED;
    }
    if (reported == TargetState.DRAINING) {
      return TargetState.DRAINING;
    }
    if (passive.isTrial()) {
      return trialTaken ? TargetState.MOSTLY_UNHEALTHY : TargetState.CHECKING;
    }
    if (active.isUndecided() && passive.isUndecided()) {
      return TargetState.CHECKING;
    }
    return reported == null ? verdict : reported;
  }

  /** Updates the published state; true if it changed. Called under the lock. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // single writer at a time
  boolean updateState(long now, DecisionSource decidedBy, String cause) {
    TargetState before = state;
    TargetState after = currentState();
    if (after == before) {
      return false;
    }
    stateInfo = new StateInfo(now, decidedBy, cause);
    // A trial that is taken changes availability too, but its own report must count.
    if (before.available() != after.available() && !trialTaken) {
      availabilitySince = now;
      availabilityChanged = true;
    }
    recovering = after.available() && (recovering || !before.available());
    if (!before.available()) {
      recoveredAt = now;
    }
    state = after; // written last: a reader of the state also sees its cause
    epoch++;
    return true;
  }

  /** Returns the fraction of its weight that the target may receive during slow start. */
  double slowStartShare(long now, long slowStartNanos) {
    if (!recovering || slowStartNanos == 0) {
      return 1;
    }
    double share = (double) (now - recoveredAt) / slowStartNanos;
    return share >= 1 ? 1 : Math.max(0.01, share);
  }

  /** Records that a probe is requested; false if one already was. */
  boolean markProbeRequested() {
    return !probeRequested && PROBE_REQUESTED.compareAndSet(this, false, true);
  }

  /** Records traffic; true the first time. */
  boolean recordTraffic() {
    if (hasTraffic) {
      return false;
    }
    hasTraffic = true;
    return true;
  }

  boolean hasTraffic() {
    return hasTraffic;
  }

  void countStale() {
    STALE.getAndAdd(this, 1L);
  }

  void countUnclassified() {
    UNCLASSIFIED.getAndAdd(this, 1L);
  }

  /** Records a result, for display. Called on the engine thread. */
  void recordProbe(ProbeResult result, long now) {
    probeRequested = false;
    lastProbe = result;
    history.add(result, now);
  }

  /** Records a probe without a result. Called on the engine thread. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // single writer
  void recordInconclusive() {
    probeRequested = false;
    inconclusive++;
  }

  long probes() {
    return history.count();
  }

  boolean isProbed() {
    return history.count() > 0;
  }

  TargetView view(long now, CheckerSettings settings) {
    StateInfo info = stateInfo;
    TargetProber probes = prober;
    return new TargetView(
        target,
        state,
        info.decidedBy,
        info.cause,
        Duration.ofNanos(Math.max(0, now - info.since)),
        TransitionHint.of(state, active, passive, traffic, settings, now),
        settings.probe() == null ? null : counts(active),
        counts(passive),
        history.count(),
        history.probed(),
        lastProbe,
        history.view(now),
        probes == null ? null : Duration.ofNanos(Math.max(0, probes.nextAt() - now)),
        inconclusive,
        staleReports,
        unclassified);
  }

  private static Counts counts(PackedVerdict verdict) {
    long word = verdict.get();
    return new Counts(
        VerdictRules.state(word),
        VerdictRules.count(word, Report.SUCCESS),
        VerdictRules.count(word, Report.HTTP_FAILURE),
        VerdictRules.count(word, Report.TCP_FAILURE),
        VerdictRules.count(word, Report.TIMEOUT));
  }
}
