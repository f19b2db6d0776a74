package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.CheckerSnapshot.Counts;
import io.gatewaykit.healthcheck.CheckerSnapshot.DecidedBy;
import io.gatewaykit.healthcheck.CheckerSnapshot.TargetView;
import io.gatewaykit.healthcheck.ProbeResult.Cause;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one target: its verdicts, and what stands above them. Written under the lock of
 * its {@link VerdictBook}, except where a report changes no state, which is nearly always: that is
 * counted without a lock in the verdict's word.
 */
final class WatchedTarget implements TargetProber.Subject {
  private static final VarHandle SUSPECTED;
  private static final VarHandle STALE;
  private static final VarHandle UNCLASSIFIED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      SUSPECTED = lookup.findVarHandle(WatchedTarget.class, "suspected", boolean.class);
      STALE = lookup.findVarHandle(WatchedTarget.class, "staleReports", long.class);
      UNCLASSIFIED = lookup.findVarHandle(WatchedTarget.class, "unclassified", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final ActiveChecks checks;
  private final Target target;
  private final VerdictWord active; // the same as passive if they share a verdict
  private final VerdictWord passive;
  private final @Nullable TargetTraffic traffic;

  // All written under the lock; what other threads read without it is volatile.
  private @Nullable TargetState override; // FORCED_UP, FORCED_DOWN, DRAINING
  private boolean ejected;
  private volatile boolean trialTaken;
  private volatile @Nullable TargetState said; // DEGRADED or DRAINING, by the last probe
  private volatile TargetState shown;
  private volatile Standing standing;
  private volatile int epoch;
  private volatile long recoveredAt;
  private volatile boolean recovering;
  boolean lastProbeFailed;
  volatile boolean removed;
  OutlierWatch.@Nullable Ejection ejection;

  private volatile boolean suspected;
  private volatile boolean hasTraffic;
  private volatile long staleReports;
  private volatile long unclassified;

  // Written by the engine's thread alone.
  private final ProbeHistory history = new ProbeHistory();
  private volatile @Nullable ProbeResult lastProbe;
  private volatile long inconclusive;
  volatile @Nullable TargetProber prober;
  @Nullable TrialTimer trial;

  private record Standing(long since, DecidedBy decidedBy, String cause) {}

  /**
   * Begins to watch.
   *
   * @param old the target as it was when it went, to go on from there; null for a new one
   */
  WatchedTarget(
      ActiveChecks checks,
      Target target,
      CheckerSettings settings,
      @Nullable TargetTraffic traffic,
      @Nullable WatchedTarget old,
      long now) {
    this.checks = checks;
    this.target = target;
    this.traffic = traffic;
    if (settings.probe() == null) {
      passive = new VerdictWord(settings.passive().initial(settings.initial()));
      active = passive;
    } else {
      active = new VerdictWord(settings.active().initial(settings.initial()));
      passive =
          settings.sharedVerdict()
              ? active
              : new VerdictWord(Thresholds.settled(TargetState.HEALTHY) | VerdictWord.UNDECIDED);
    }
    if (old != null) {
      active.set(old.active.get());
      passive.set(old.passive.get());
      override = old.override;
    }
    shown = stands();
    standing = new Standing(now, DecidedBy.NOBODY, old == null ? "not checked yet" : "came back");
  }

  @Override
  public Target target() {
    return target;
  }

  TargetState state() {
    return shown;
  }

  VerdictWord active() {
    return active;
  }

  VerdictWord passive() {
    return passive;
  }

  @Nullable TargetTraffic traffic() {
    return traffic;
  }

  @Override
  public TargetState verdict() {
    return active.state();
  }

  int epoch() {
    return epoch;
  }

  void override(@Nullable TargetState state) {
    override = state;
  }

  void ejected(boolean ejected) {
    this.ejected = ejected;
  }

  boolean isEjected() {
    return ejected;
  }

  /** Notes what a passed probe said besides. */
  void says(Cause cause) {
    said =
        cause == Cause.DEGRADED
            ? TargetState.DEGRADED
            : cause == Cause.DRAINING ? TargetState.DRAINING : null;
  }

  boolean saysNow(Cause cause) {
    TargetState now = said;
    return cause == Cause.DEGRADED
        ? now == TargetState.DEGRADED
        : cause == Cause.DRAINING ? now == TargetState.DRAINING : now == null;
  }

  void trialTaken(boolean taken) {
    trialTaken = taken;
  }

  /** Whether a request is under way whose result decides. */
  boolean isTrialTaken() {
    return trialTaken;
  }

  /** Whether the next request is a trial that nobody has taken yet. */
  boolean isTrialOpen() {
    return passive.isTrial() && !trialTaken;
  }

  /** Works out how the target stands. */
  private TargetState stands() {
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
    if (said == TargetState.DRAINING) {
      return TargetState.DRAINING;
    }
    if (passive.isTrial()) {
      return trialTaken ? TargetState.MOSTLY_UNHEALTHY : TargetState.CHECKING;
    }
    if (active.isUndecided() && passive.isUndecided()) {
      return TargetState.CHECKING;
    }
    return said == null ? verdict : said;
  }

  /** Works out what to show; true if it changed. Under the lock. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer at a time
  boolean settle(long now, DecidedBy by, String cause) {
    TargetState before = shown;
    TargetState after = stands();
    if (after == before) {
      return false;
    }
    standing = new Standing(now, by, cause);
    recovering = after.available() && (recovering || !before.available());
    if (!before.available()) {
      recoveredAt = now;
    }
    shown = after; // last: who sees the state sees why
    epoch++;
    return true;
  }

  /** The share of its weight a target may get that has recovered of late. */
  double slowStartShare(long now, long slowStartNanos) {
    if (!recovering || slowStartNanos == 0) {
      return 1;
    }
    double share = (double) (now - recoveredAt) / slowStartNanos;
    return share >= 1 ? 1 : Math.max(0.01, share);
  }

  /** Notes that a probe is wanted; false if that was known. */
  boolean suspect() {
    return !suspected && SUSPECTED.compareAndSet(this, false, true);
  }

  /** Notes that there is traffic; true the first time. */
  boolean sawTraffic() {
    if (hasTraffic) {
      return false;
    }
    hasTraffic = true;
    return true;
  }

  @Override
  public boolean hasTraffic() {
    return hasTraffic;
  }

  void countStale() {
    STALE.getAndAdd(this, 1L);
  }

  void countUnclassified() {
    UNCLASSIFIED.getAndAdd(this, 1L);
  }

  @Override
  public void probed(ProbeResult result) {
    note(result);
    checks.probed(this, result);
  }

  @Override
  public void told(ProbeResult result) {
    note(result);
    checks.told(this, result);
  }

  private void note(ProbeResult result) {
    suspected = false;
    lastProbe = result;
    history.add(result, checks.now());
  }

  @Override
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  public void inconclusive(String why) {
    suspected = false;
    inconclusive++;
    checks.inconclusive(this, why);
  }

  @Override
  public void late(long nanos) {
    checks.late(nanos);
  }

  long probes() {
    return history.count();
  }

  boolean isProbed() {
    return history.count() > 0;
  }

  TargetView view(long now, CheckerSettings settings) {
    Standing stands = standing;
    TargetProber probes = prober;
    return new TargetView(
        target,
        shown,
        stands.decidedBy,
        stands.cause,
        Math.max(0, now - stands.since),
        Needs.of(shown, active, passive, ejection, settings, now),
        settings.probe() == null ? null : counts(active),
        counts(passive),
        history.count(),
        history.probed(),
        lastProbe,
        history.view(now),
        probes == null ? -1 : Math.max(0, probes.nextAt() - now),
        inconclusive,
        staleReports,
        unclassified);
  }

  private static Counts counts(VerdictWord verdict) {
    long word = verdict.get();
    return new Counts(
        Thresholds.state(word),
        Thresholds.count(word, Report.SUCCESS),
        Thresholds.count(word, Report.HTTP_FAILURE),
        Thresholds.count(word, Report.TCP_FAILURE),
        Thresholds.count(word, Report.TIMEOUT));
  }
}
