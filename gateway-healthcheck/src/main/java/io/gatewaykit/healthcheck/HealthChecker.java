package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import io.gatewaykit.healthcheck.CheckerSnapshot.DecidedBy;
import io.gatewaykit.healthcheck.CheckerSnapshot.TargetView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches a set of targets: probes them, takes reports of real traffic, and holds one verdict per
 * target made of both. A target nobody has reported on is {@link Health#UNKNOWN}, which counts as
 * available.
 *
 * <p>Thread-safe. Probes run on the {@link ProbeEngine}; reports of real traffic are taken on the
 * caller's thread and allocate nothing while they change nothing. Closing it ends its probes.
 */
@SuppressWarnings("ReferenceEquality") // targets watched have identity
public final class HealthChecker implements HealthSignal, OutcomeReport, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HealthChecker.class);

  /** Ready texts, by outcome, so that a report makes none. */
  private static final Map<Outcome, String> CAUSES = causes();

  private final String name;
  private final ProbeEngine engine;
  private final Ticker ticker;
  private final @Nullable Probe probe;
  private final Schedule schedule;
  private final long trialNanos;
  private final Thresholds active;
  private final Thresholds passive;
  private final Suspicion suspicion;
  private final TargetState initial;
  private final double panicBelow;
  private final long slowStartNanos;
  private final @Nullable OutlierWatch outliers;
  private final MassFailureGuard massFailure;
  private final List<EventQueue> queues = new CopyOnWriteArrayList<>();
  private final Object changes = new Object();

  /** Replaced whole, under {@link #changes}. */
  private volatile Map<String, WatchedTarget> targets = Map.of();

  // Under the lock.
  private long sequence;
  private int available;

  private volatile boolean panicking;
  private volatile boolean closed;

  private HealthChecker(Builder builder, ProbeEngine engine) {
    name = builder.name;
    this.engine = engine;
    ticker = engine.ticker();
    probe = builder.passiveOnly ? null : builder.probe;
    schedule = builder.schedule();
    trialNanos = builder.trialAfter.toNanos();
    active = builder.active;
    passive = builder.passive;
    suspicion = builder.suspicion;
    initial = builder.initial;
    panicBelow = builder.panicBelow;
    slowStartNanos = builder.slowStart.toNanos();
    massFailure =
        new MassFailureGuard(builder.massFailureShare, schedule.interval() + schedule.timeout());
    builder.listeners.forEach(listener -> listen(listener::onEvent));
    Outliers judged = builder.outliers;
    outliers = judged == null ? null : new OutlierWatch(judged, new Ejections());
    if (judged != null) {
      repeat(judged.interval().toNanos());
    }
  }

  /** Returns a builder. The name is for people and metrics. */
  public static Builder builder(String name) {
    return new Builder(name);
  }

  private EventQueue listen(Consumer<HealthEvent> listener) {
    var queue = new EventQueue(engine.events(), listener);
    queues.add(queue);
    return queue;
  }

  /**
   * Replaces the targets. What is known of those that stay, by id and address, is kept.
   *
   * @throws IllegalArgumentException if an id occurs twice; the targets stay as they were
   */
  public void setTargets(Collection<Target> newTargets) {
    var added = new ArrayList<WatchedTarget>();
    var gone = new ArrayList<WatchedTarget>();
    synchronized (changes) {
      var next = new LinkedHashMap<String, WatchedTarget>();
      for (Target target : newTargets) {
        WatchedTarget known = targets.get(target.id());
        boolean stays = known != null && known.target().equals(target);
        WatchedTarget watched =
            stays ? known : new WatchedTarget(this, target, initial, ticker.read());
        if (next.put(target.id(), requireNonNull(watched)) != null) {
          throw new IllegalArgumentException(
              "targets: \"" + target.id() + "\" twice (expected: unique ids)");
        }
        if (!stays) {
          added.add(watched);
        }
      }
      for (WatchedTarget old : targets.values()) {
        if (next.get(old.target().id()) != old) {
          forget(old);
          gone.add(old);
        }
      }
      targets = next;
      for (WatchedTarget watched : added) {
        available += watched.state().health().available() ? 1 : 0;
        emit(
            HealthEvent.Kind.ADDED,
            watched.target().id(),
            null,
            watched.state(),
            DecidedBy.SYSTEM,
            "added");
      }
      judgePanic();
      changes.notifyAll();
    }
    if (!closed) {
      engine.execute(() -> {
        gone.forEach(this::stopProbing);
        added.forEach(this::startProbing);
      });
    }
  }

  private void forget(WatchedTarget old) {
    old.removed = true;
    available -= old.state().health().available() ? 1 : 0;
    massFailure.failing(old.lastProbeFailed ? -1 : 0);
    if (outliers != null) {
      outliers.forget(old);
    }
    String id = old.target().id();
    emit(HealthEvent.Kind.REMOVED, id, null, null, DecidedBy.SYSTEM, "removed");
  }

  // On the engine's thread.
  private void startProbing(WatchedTarget watched) {
    if (closed || watched.removed) {
      return;
    }
    if (probe == null) {
      watched.trial = new TrialTimer(trialNanos, () -> beginTrial(watched));
    } else {
      var prober = new TargetProber(engine, watched, schedule, probe);
      watched.prober = prober;
      prober.begin();
    }
  }

  // On the engine's thread.
  private void stopProbing(WatchedTarget watched) {
    if (watched.prober != null) {
      watched.prober.close();
    }
    if (watched.trial != null) {
      engine.wheel().cancel(watched.trial);
    }
  }

  private void beginTrial(WatchedTarget watched) {
    change(
        watched, DecidedBy.SYSTEM, "trial: the next real request decides", watched::forgetVerdict);
  }

  /** Takes the result of a probe. */
  void probed(WatchedTarget watched, ProbeResult result) {
    synchronized (changes) {
      if (watched.removed) {
        return;
      }
      boolean failed = result.report() != Report.SUCCESS;
      if (failed != watched.lastProbeFailed) {
        watched.lastProbeFailed = failed;
        massFailure.failing(failed ? 1 : -1);
      }
      boolean suspicious = massFailure.isSuspicious();
      if (failed
          && watched.wouldGoDown(active, result.report())
          && massFailure.holds(available, ticker.read())) {
        if (!suspicious) {
          notice("many targets fail at once: verdicts are held back for a round");
        }
        changes.notifyAll();
        return;
      }
      take(watched, active, result.report(), DecidedBy.ACTIVE, result.detail());
      changes.notifyAll();
    }
  }

  void inconclusive(WatchedTarget watched, String why) {
    log.debug("{}: a probe of {} said nothing: {}", name, watched.target().id(), why);
  }

  @Override
  public void report(String endpointId, Outcome outcome, int status, long latencyNanos) {
    WatchedTarget watched = targets.get(endpointId);
    if (watched != null) {
      report(watched, outcome);
    }
  }

  /** Takes a report of real traffic. */
  void report(WatchedTarget watched, Outcome outcome) {
    Report report = report(outcome);
    if (report == null || watched.removed) {
      return;
    }
    OutlierWatch judge = outliers;
    if (judge != null) {
      int row = watched.traffic.count(report == Report.SUCCESS);
      if (row > 0) {
        synchronized (changes) {
          judge.failedInARow(watched, targets.values(), row, ticker.read());
        }
      }
    }
    boolean failed = report != Report.SUCCESS;
    if (failed && suspicion != Suspicion.COUNT && probe != null) {
      suspect(watched);
    }
    if (suspicion == Suspicion.PROBE && probe != null) {
      return;
    }
    if (!watched.changesNothing(passive, report)) {
      take(watched, passive, report, DecidedBy.PASSIVE, requireNonNull(CAUSES.get(outcome)));
    }
  }

  /** Asks for a probe now, once until it has run. */
  private void suspect(WatchedTarget watched) {
    if (watched.suspect()) {
      engine.execute(() -> {
        if (watched.prober != null) {
          watched.prober.probeNow();
        }
      });
    }
  }

  private static Map<Outcome, String> causes() {
    var causes = new EnumMap<Outcome, String>(Outcome.class);
    for (Outcome outcome : Outcome.values()) {
      causes.put(outcome, "real traffic: " + outcome);
    }
    return Collections.unmodifiableMap(causes);
  }

  private static @Nullable Report report(Outcome outcome) {
    return switch (outcome) {
      case SUCCESS -> Report.SUCCESS;
      case FAILURE -> Report.HTTP_FAILURE;
      case CONNECT_FAILURE -> Report.TCP_FAILURE;
      case TIMEOUT -> Report.TIMEOUT;
      case REJECTED_REMOTE, REJECTED_LOCAL, CANCELLED -> null;
    };
  }

  private void take(
      WatchedTarget watched, Thresholds thresholds, Report report, DecidedBy by, String cause) {
    change(watched, by, cause, () -> watched.count(thresholds, report));
  }

  /** Changes what is known of a target and tells everybody if it now stands otherwise. */
  private void change(WatchedTarget watched, DecidedBy by, String cause, Runnable how) {
    synchronized (changes) {
      if (watched.removed) {
        return;
      }
      TargetState before = watched.state();
      how.run();
      if (!watched.settle(ticker.read(), by, cause)) {
        return;
      }
      TargetState after = watched.state();
      String id = watched.target().id();
      log.info("{}: {} is {} ({})", name, id, after, cause);
      available += after.health().available() ? 1 : 0;
      available -= before.health().available() ? 1 : 0;
      emit(HealthEvent.Kind.CHANGED, id, before, after, by, cause);
      judgePanic();
      if (probe == null) {
        engine.execute(() -> {
          if (watched.trial != null && !watched.removed) {
            watched.trial.changed(engine.wheel(), after, ticker.read());
          }
        });
      }
    }
  }

  private void judgePanic() {
    boolean now = !targets.isEmpty() && available < panicBelow * targets.size();
    if (now != panicking) {
      panicking = now;
      notice(now ? "panic: too few targets are available" : "panic is over");
    }
  }

  private void notice(String what) {
    log.warn("{}: {}", name, what);
    emit(HealthEvent.Kind.NOTICE, "", null, null, DecidedBy.SYSTEM, what);
  }

  /** Under the lock, so that sequence and order agree for all listeners. */
  private void emit(
      HealthEvent.Kind kind,
      String id,
      @Nullable TargetState from,
      @Nullable TargetState to,
      DecidedBy by,
      String cause) {
    var event = new HealthEvent(++sequence, kind, id, from, to, by, cause);
    queues.forEach(queue -> queue.offer(event));
  }

  private final class Ejections implements OutlierWatch.Ejector {
    @Override
    public void eject(WatchedTarget target, String cause) {
      change(target, DecidedBy.OUTLIER, cause, () -> target.ejected(true));
      engine.execute(() -> releaseInTime(target));
    }

    @Override
    public void release(WatchedTarget target) {
      change(target, DecidedBy.OUTLIER, "its time out is over", () -> target.ejected(false));
    }

    @Override
    public void wouldEject(WatchedTarget target, String cause) {
      notice("dry run: " + target.target().id() + " would be ejected: " + cause);
    }
  }

  // On the engine's thread.
  private void releaseInTime(WatchedTarget target) {
    OutlierWatch watch = requireNonNull(outliers);
    var release =
        new TimerWheel.Timer() {
          @Override
          void due(long now) {
            synchronized (changes) {
              watch.release(target, now);
            }
          }
        };
    synchronized (changes) {
      engine.wheel().arm(release, watch.until(target));
    }
  }

  /** Compares the targets again and again, until closed. */
  private void repeat(long intervalNanos) {
    var sweep =
        new TimerWheel.Timer() {
          @Override
          void due(long now) {
            if (!closed) {
              engine.wheel().arm(this, now + intervalNanos);
              sweepOutliers();
            }
          }
        };
    engine.execute(() -> engine.wheel().arm(sweep, ticker.read() + intervalNanos));
  }

  void sweepOutliers() {
    synchronized (changes) {
      if (outliers != null) {
        outliers.sweep(targets.values(), ticker.read());
      }
    }
  }

  /**
   * Declares a target healthy or not, whatever probes and traffic say, until {@link #unforce}.
   *
   * @return false if there is no such target
   */
  public boolean force(String targetId, boolean up) {
    TargetState state = up ? TargetState.FORCED_UP : TargetState.FORCED_DOWN;
    return override(targetId, state, "forced by an operator");
  }

  /**
   * Takes a target out: nothing new goes there, and probes go on.
   *
   * @return false if there is no such target
   */
  public boolean drain(String targetId) {
    return override(targetId, TargetState.DRAINING, "drained by an operator");
  }

  /**
   * Ends {@link #force} or {@link #drain}: what probes and traffic have said meanwhile holds.
   *
   * @return false if there is no such target
   */
  public boolean unforce(String targetId) {
    return override(targetId, null, "no longer forced or drained");
  }

  private boolean override(String targetId, @Nullable TargetState state, String cause) {
    WatchedTarget watched = targets.get(targetId);
    if (watched == null) {
      return false;
    }
    change(watched, DecidedBy.ADMIN, cause, () -> watched.override(state));
    return true;
  }

  @Override
  public Health health(String endpointId) {
    WatchedTarget watched = targets.get(endpointId);
    return watched == null ? Health.UNKNOWN : watched.state().health();
  }

  /** Returns the handle of a target, for those who ask often; null if there is none. */
  public @Nullable TargetHandle target(String targetId) {
    WatchedTarget watched = targets.get(targetId);
    return watched == null ? null : new TargetHandle(this, watched);
  }

  /** Tells whether so few targets are available that all of them should be used. */
  public boolean isPanicking() {
    return panicking;
  }

  double slowStartShare(WatchedTarget watched) {
    return slowStartNanos == 0 ? 1 : watched.slowStartShare(ticker.read(), slowStartNanos);
  }

  @Override
  public Subscription subscribe(Listener listener) {
    requireNonNull(listener, "listener");
    EventQueue queue =
        listen(event -> {
          TargetState from = event.from();
          TargetState to = event.to();
          if (event.kind() == HealthEvent.Kind.RESYNC) {
            targets.forEach((id, watched) -> listener.onHealth(id, watched.state().health()));
          } else if (from != null && to != null && from.health() != to.health()) {
            listener.onHealth(event.targetId(), to.health());
          }
        });
    return () -> {
      queues.remove(queue);
      queue.close();
    };
  }

  /**
   * Waits until each target has been probed at least once.
   *
   * @return false if the time was up before
   * @throws InterruptedException if the thread was interrupted while it waited
   */
  public boolean awaitFirstRound(Duration longest) throws InterruptedException {
    long end = ticker.read() + longest.toNanos();
    synchronized (changes) {
      while (probe != null && !closed) {
        if (targets.values().stream().allMatch(WatchedTarget::isProbed)) {
          return true;
        }
        long left = end - ticker.read();
        if (left <= 0) {
          return false;
        }
        changes.wait(left / 1_000_000 + 1);
      }
      return probe == null;
    }
  }

  /** Returns how the targets stand. */
  public CheckerSnapshot snapshot() {
    synchronized (changes) {
      long now = ticker.read();
      var views = new ArrayList<TargetView>(targets.size());
      targets.values().forEach(watched -> views.add(watched.view(now)));
      return new CheckerSnapshot(name, sequence, panicking, views);
    }
  }

  /** Ends all probes and calls no listener any more. Verdicts stay as they are. */
  @Override
  public void close() {
    synchronized (changes) {
      closed = true;
      targets.values().forEach(watched -> engine.execute(() -> stopProbing(watched)));
      changes.notifyAll();
    }
    // Not under the lock: this waits for a listener under way, which may want the lock.
    queues.forEach(EventQueue::close);
  }

  /** Collects the settings of a {@link HealthChecker}. Not thread-safe. */
  public static final class Builder {
    private static final Duration LONGEST = Duration.ofDays(1);

    private final String name;
    private final List<HealthListener> listeners = new ArrayList<>();
    private @Nullable ProbeEngine engine;
    private Probe probe = Probe.tcp();
    private Duration interval = Duration.ofSeconds(5);
    private Duration timeout = Duration.ofSeconds(1);
    private Thresholds active = Thresholds.riseFall(2, 3);
    private Thresholds passive = Thresholds.perKind(5, 5, 2, 7);

    private Duration suspectInterval = Duration.ZERO;
    private Duration downInterval = Duration.ZERO;
    private double jitter = 0.1;
    private boolean passiveOnly;
    private Duration trialAfter = Duration.ofSeconds(10);
    private Suspicion suspicion = Suspicion.COUNT;
    private TargetState initial = TargetState.CHECKING;
    private double panicBelow;
    private Duration slowStart = Duration.ZERO;
    private double massFailureShare = 0.5;
    private @Nullable Outliers outliers;

    private Builder(String name) {
      this.name = requireNonNull(name, "name");
    }

    /** Sets the engine that runs the probes. Required. */
    public Builder engine(ProbeEngine engine) {
      this.engine = requireNonNull(engine, "engine");
      return this;
    }

    /** Sets what is done to find out whether a target works. Default: {@link Probe#tcp()}. */
    public Builder probe(Probe probe) {
      this.probe = requireNonNull(probe, "probe");
      return this;
    }

    /** Sets the time between the starts of two probes of a target. Default: 5 seconds. */
    public Builder interval(Duration interval) {
      this.interval = check("interval", interval);
      return this;
    }

    /** Sets how long a probe may take, no longer than the interval. Default: 1 second. */
    public Builder timeout(Duration timeout) {
      this.timeout = check("timeout", timeout);
      return this;
    }

    /** Sets how many probes decide. Default: healthy after 2, unhealthy after 3. */
    public Builder active(Thresholds thresholds) {
      this.active = requireNonNull(thresholds, "thresholds");
      return this;
    }

    /**
     * Sets how many reports of real traffic decide. Default: healthy after 5 successes, unhealthy
     * after 5 failures, 2 failed connections or 7 answers out of time.
     */
    public Builder passive(Thresholds thresholds) {
      this.passive = requireNonNull(thresholds, "thresholds");
      return this;
    }

    /** Adds a listener. Default: none. */
    public Builder listener(HealthListener listener) {
      listeners.add(requireNonNull(listener, "listener"));
      return this;
    }

    /** Sets the interval while something speaks against the state. Default: as the interval. */
    public Builder suspectInterval(Duration interval) {
      suspectInterval = check("suspectInterval", interval);
      return this;
    }

    /** Sets the interval for targets that are unhealthy. Default: as the interval. */
    public Builder downInterval(Duration interval) {
      downInterval = check("downInterval", interval);
      return this;
    }

    /**
     * Sets by which share of the interval probes come earlier or later. Default: 0.1.
     *
     * @throws IllegalArgumentException if it is not 0..0.5
     */
    public Builder jitter(double share) {
      jitter = checkShare("jitter", share, 0.5);
      return this;
    }

    /**
     * Sends no probes: real traffic alone decides. A target that went down gets its next real
     * request as a trial after this time, and after twice as long each time the trial fails.
     */
    public Builder passiveOnly(Duration trialAfter) {
      passiveOnly = true;
      this.trialAfter = check("trialAfter", trialAfter);
      return this;
    }

    /** Sets what follows from a failure of real traffic. Default: {@link Suspicion#COUNT}. */
    public Builder suspicion(Suspicion suspicion) {
      this.suspicion = requireNonNull(suspicion, "suspicion");
      return this;
    }

    /**
     * Sets the state of new targets. Default: {@link TargetState#CHECKING}.
     *
     * @throws IllegalArgumentException if it is not CHECKING, HEALTHY or UNHEALTHY
     */
    public Builder initial(TargetState state) {
      if (state != TargetState.CHECKING
          && state != TargetState.HEALTHY
          && state != TargetState.UNHEALTHY) {
        throw new IllegalArgumentException(
            "initial: " + state + " (expected: CHECKING, HEALTHY or UNHEALTHY)");
      }
      initial = state;
      return this;
    }

    /**
     * Sets below which share of available targets handles say that all are. Default: 0, never.
     *
     * @throws IllegalArgumentException if it is not 0..1
     */
    public Builder panicBelow(double share) {
      panicBelow = checkShare("panicBelow", share, 1);
      return this;
    }

    /** Sets how long a recovered target takes to get its whole weight. Default: no time. */
    public Builder slowStart(Duration time) {
      slowStart = check("slowStart", time);
      return this;
    }

    /**
     * Sets which share of the available targets, at least three, must fail probes together for the
     * checker to doubt itself and hold verdicts back for a round. Default: 0.5; 0 is never.
     *
     * @throws IllegalArgumentException if it is not 0..1
     */
    public Builder massFailureShare(double share) {
      massFailureShare = checkShare("massFailureShare", share, 1);
      return this;
    }

    /** Compares how real traffic fares on the targets. Default: no. */
    public Builder outliers(Outliers outliers) {
      this.outliers = requireNonNull(outliers, "outliers");
      return this;
    }

    private static double checkShare(String field, double share, double most) {
      if (!(share >= 0 && share <= most)) {
        throw new IllegalArgumentException(field + ": " + share + " (expected: 0.." + most + ")");
      }
      return share;
    }

    private Schedule schedule() {
      return new Schedule(
          interval.toNanos(),
          (suspectInterval.isZero() ? interval : suspectInterval).toNanos(),
          (downInterval.isZero() ? interval : downInterval).toNanos(),
          timeout.toNanos(),
          jitter);
    }

    private static Duration check(String field, Duration time) {
      if (time.compareTo(Duration.ofMillis(1)) < 0 || time.compareTo(LONGEST) > 0) {
        throw new IllegalArgumentException(field + ": " + time + " (expected: 1 ms to 24 h)");
      }
      return time;
    }

    /**
     * Builds the checker, so far without targets.
     *
     * @throws IllegalArgumentException if there is no engine, the timeout is longer than the
     *     interval, or targets could go down and never come up again
     */
    public HealthChecker build() {
      ProbeEngine chosen = engine;
      if (chosen == null) {
        throw new IllegalArgumentException("engine: none (expected: a ProbeEngine)");
      }
      if (timeout.compareTo(interval) > 0) {
        throw new IllegalArgumentException(
            "timeout: " + timeout + " (expected: at most the interval, " + interval + ")");
      }
      boolean recovers = initial != TargetState.UNHEALTHY || !passiveOnly;
      if (!recovers || (passiveOnly ? passive : active).successes() == 0) {
        throw new IllegalArgumentException(
            "thresholds: targets could go down and never come up (expected: successes of at least"
                + " 1, and no initial UNHEALTHY without probes)");
      }
      return new HealthChecker(this, chosen);
    }
  }
}
