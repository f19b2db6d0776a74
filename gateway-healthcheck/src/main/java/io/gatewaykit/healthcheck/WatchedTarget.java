package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.CheckerSnapshot.DecidedBy;
import io.gatewaykit.healthcheck.CheckerSnapshot.TargetView;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one target: a verdict, and what stands above it. Its verdict is one word, so
 * readers see state and counts of one moment; writers take the checker's lock, except where a
 * report changes nothing, which is nearly always: then volatile reads are all there is.
 */
final class WatchedTarget implements TargetProber.Subject {
  private final HealthChecker checker;
  private final Target target;
  final TargetTraffic traffic = new TargetTraffic();
  final AtomicLong staleReports = new AtomicLong();

  // All written under the checker's lock; what other threads read without it is volatile.
  private volatile long word;
  private volatile boolean undecided;
  private @Nullable TargetState override; // FORCED_UP, FORCED_DOWN, DRAINING
  private boolean ejected;
  private volatile TargetState shown;
  private volatile Standing standing;
  private volatile int epoch;
  private volatile long recoveredAt;
  private volatile boolean recovering;
  private final AtomicBoolean suspected = new AtomicBoolean();
  boolean lastProbeFailed;
  volatile boolean removed;

  /** Written by the engine's thread alone. */
  private volatile Probed probed = new Probed(0, 0, null);

  // The engine's thread alone.
  @Nullable TargetProber prober;
  @Nullable TrialTimer trial;

  private record Standing(long since, DecidedBy decidedBy, String cause) {}

  private record Probed(long count, long inconclusive, @Nullable ProbeResult last) {}

  WatchedTarget(HealthChecker checker, Target target, TargetState initial, long now) {
    this.checker = checker;
    this.target = target;
    undecided = initial == TargetState.CHECKING;
    word = Thresholds.settled(undecided ? TargetState.HEALTHY : initial);
    shown = initial;
    standing = new Standing(now, DecidedBy.NOBODY, "not checked yet");
  }

  @Override
  public Target target() {
    return target;
  }

  @Override
  public TargetState state() {
    return shown;
  }

  int epoch() {
    return epoch;
  }

  /** True if the report would leave all as it is; then it needs no lock. */
  boolean changesNothing(Thresholds thresholds, Report report) {
    long now = word;
    return !undecided && thresholds.next(now, report) == now;
  }

  /** Counts a report. Under the checker's lock. */
  void count(Thresholds thresholds, Report report) {
    boolean first = undecided;
    undecided = false;
    boolean trialFailed = first && trial != null && trial.isTrial() && report != Report.SUCCESS;
    word = trialFailed ? Thresholds.settled(TargetState.UNHEALTHY) : thresholds.next(word, report);
  }

  /** Forgets the verdict: the next report is a trial. Under the checker's lock. */
  void forgetVerdict() {
    undecided = true;
    word = Thresholds.settled(TargetState.HEALTHY);
  }

  boolean wouldGoDown(Thresholds thresholds, Report report) {
    return Thresholds.state(word).health().available()
        && !Thresholds.state(thresholds.next(word, report)).health().available();
  }

  void override(@Nullable TargetState state) {
    override = state;
  }

  @Nullable TargetState override() {
    return override;
  }

  void ejected(boolean ejected) {
    this.ejected = ejected;
  }

  boolean isEjected() {
    return ejected;
  }

  /** Works out what to show; true if it changed. Under the checker's lock. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer at a time
  boolean settle(long now, DecidedBy by, String cause) {
    TargetState before = shown;
    TargetState after = override;
    if (after == null) {
      TargetState verdict = undecided ? TargetState.CHECKING : Thresholds.state(word);
      after = ejected && verdict.health().available() ? TargetState.EJECTED : verdict;
    }
    if (after == before) {
      return false;
    }
    standing = new Standing(now, by, cause);
    recovering = after.health().available() && (recovering || !before.health().available());
    if (!before.health().available()) {
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
    return !suspected.get() && suspected.compareAndSet(false, true);
  }

  @Override
  public void probed(ProbeResult result) {
    suspected.set(false);
    Probed before = probed;
    probed = new Probed(before.count + 1, before.inconclusive, result);
    checker.probed(this, result);
  }

  @Override
  public void inconclusive(String why) {
    Probed before = probed;
    probed = new Probed(before.count, before.inconclusive + 1, before.last);
    checker.inconclusive(this, why);
  }

  boolean isProbed() {
    return probed.count > 0;
  }

  TargetView view(long now) {
    long counts = word;
    Standing stands = standing;
    Probed probes = probed;
    return new TargetView(
        target,
        shown,
        stands.decidedBy,
        stands.cause,
        Math.max(0, now - stands.since),
        Thresholds.count(counts, Report.SUCCESS),
        Thresholds.count(counts, Report.HTTP_FAILURE),
        Thresholds.count(counts, Report.TCP_FAILURE),
        Thresholds.count(counts, Report.TIMEOUT),
        probes.count,
        probes.last,
        probes.inconclusive,
        staleReports.get());
  }
}
