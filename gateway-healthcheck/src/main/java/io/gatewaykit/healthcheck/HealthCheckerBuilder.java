package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects the settings of a {@link HealthChecker}. Not thread-safe. */
public final class HealthCheckerBuilder {
  private static final Duration LONGEST = Duration.ofDays(1);
  private static final Duration USUAL_INTERVAL = Duration.ofSeconds(2);
  private static final Duration USUAL_SUSPECT = Duration.ofMillis(250);
  private static final Duration USUAL_TIMEOUT = Duration.ofMillis(800);

  private final String name;
  private final List<HealthListener> listeners = new ArrayList<>();
  private @Nullable ProbeEngine engine;
  private Probe probe = Probe.tcp();
  private Duration interval = USUAL_INTERVAL;
  private @Nullable Duration suspectInterval;
  private @Nullable Duration recoverInterval;
  private @Nullable Duration downInterval;
  private @Nullable Duration idleInterval;
  private @Nullable Duration timeout;
  private double jitter = 0.1;
  private Thresholds active = Thresholds.riseFall(2, 3);
  private Thresholds passive = Thresholds.kongPassive();
  private boolean sharedVerdict;
  private BitSet goodStatuses = StatusSet.parse("goodStatuses", "200-399");
  private BitSet badStatuses = StatusSet.parse("badStatuses", "500-599");
  private boolean passiveOnly;
  private Duration trialAfter = Duration.ofSeconds(10);
  private Suspicion suspicion = Suspicion.COUNT_AND_PROBE;
  private TargetState initial = TargetState.CHECKING;
  private double panicBelow = 0.5;
  private Duration slowStart = Duration.ZERO;
  private double massFailureShare = 0.5;
  private Duration retain = Duration.ZERO;
  private @Nullable Outliers outliers;
  private AddressResolver resolver = AddressResolver.system();
  private Duration staleNames = Duration.ofMinutes(5);

  HealthCheckerBuilder(String name) {
    this.name = requireNonNull(name, "name");
  }

  /** Sets the engine that runs the probes. Required. */
  public HealthCheckerBuilder engine(ProbeEngine engine) {
    this.engine = requireNonNull(engine, "engine");
    return this;
  }

  /** Sets what is done to find out whether a target works. Default: {@link Probe#tcp()}. */
  public HealthCheckerBuilder probe(Probe probe) {
    this.probe = requireNonNull(probe, "probe");
    return this;
  }

  /** Sets the time between the starts of two probes of a target. Default: 2 seconds. */
  public HealthCheckerBuilder interval(Duration interval) {
    this.interval = check("interval", interval);
    return this;
  }

  /**
   * Sets how long a probe may take, from connecting to the last byte it needs; no longer than the
   * interval. Default: 800 ms, or the interval if that is less.
   */
  public HealthCheckerBuilder timeout(Duration timeout) {
    this.timeout = check("timeout", timeout);
    return this;
  }

  /**
   * Sets the interval while probes speak against the state, and the least time between probes that
   * traffic asks for. Default: 250 ms, or the interval if that is less.
   */
  public HealthCheckerBuilder suspectInterval(Duration interval) {
    suspectInterval = check("suspectInterval", interval);
    return this;
  }

  /** Sets the interval while a target recovers. Default: as {@link #suspectInterval}. */
  public HealthCheckerBuilder recoverInterval(Duration interval) {
    recoverInterval = check("recoverInterval", interval);
    return this;
  }

  /** Sets the interval for targets that are unhealthy. Default: as the interval. */
  public HealthCheckerBuilder downInterval(Duration interval) {
    downInterval = check("downInterval", interval);
    return this;
  }

  /**
   * Sets the interval for targets no request has been reported for; the first one brings their next
   * probe forward. Default: as the interval.
   */
  public HealthCheckerBuilder idleInterval(Duration interval) {
    idleInterval = check("idleInterval", interval);
    return this;
  }

  /**
   * Sets by which share of the interval probes come earlier or later. Default: 0.1.
   *
   * @throws IllegalArgumentException if it is not 0..0.5
   */
  public HealthCheckerBuilder jitter(double share) {
    jitter = checkShare("jitter", share, 0.5);
    return this;
  }

  /** Sets how many probes decide. Default: healthy after 2, unhealthy after 3. */
  public HealthCheckerBuilder active(Thresholds thresholds) {
    active = requireNonNull(thresholds, "thresholds");
    return this;
  }

  /**
   * Sets how many reports of real traffic decide. Default: unhealthy after 5 failures, 2 failed
   * connections or 7 answers out of time.
   */
  public HealthCheckerBuilder passive(Thresholds thresholds) {
    passive = requireNonNull(thresholds, "thresholds");
    return this;
  }

  /**
   * Lets probes and real traffic count towards one verdict, as lua-resty-healthcheck does: each may
   * undo what the other did. Default: two verdicts, of which the worse stands; a target that
   * traffic took down comes back by a trial.
   */
  public HealthCheckerBuilder sharedVerdict() {
    sharedVerdict = true;
    return this;
  }

  /**
   * Sets what {@link TargetHandle#reportStatus} takes as success and as failure; a status in
   * neither decides nothing, but is counted and shown. Default: 200-399 and 500-599.
   *
   * @param good written as for {@link HttpProbe#goodStatuses(String)}
   * @param bad written likewise
   * @throws IllegalArgumentException if they are not written so, or overlap
   */
  public HealthCheckerBuilder statuses(String good, String bad) {
    goodStatuses = StatusSet.parse("good", good);
    badStatuses = StatusSet.parse("bad", bad);
    if (goodStatuses.intersects(badStatuses)) {
      throw new IllegalArgumentException(
          "bad: \"" + bad + "\" (expected: no status that is also in good, \"" + good + "\")");
    }
    return this;
  }

  /**
   * Sends no probes: real traffic alone decides. A target that went down gets its next real request
   * as a trial after this time, and after twice as long each time the trial fails.
   */
  public HealthCheckerBuilder passiveOnly(Duration trialAfter) {
    passiveOnly = true;
    return trialAfter(trialAfter);
  }

  /**
   * Sets after which time the next real request is the trial of a target that traffic took down;
   * each failed trial doubles it, up to 32 times. Default: 10 seconds.
   */
  public HealthCheckerBuilder trialAfter(Duration time) {
    trialAfter = check("trialAfter", time);
    return this;
  }

  /**
   * Sets what follows from a failure of real traffic. Default: {@link Suspicion#COUNT_AND_PROBE}.
   */
  public HealthCheckerBuilder suspicion(Suspicion suspicion) {
    this.suspicion = requireNonNull(suspicion, "suspicion");
    return this;
  }

  /**
   * Sets the state of new targets. CHECKING: available, and the first probe decides. HEALTHY and
   * UNHEALTHY: as if long known. MOSTLY_HEALTHY: the first failure takes it down. MOSTLY_UNHEALTHY:
   * not available before its first success. Default: {@link TargetState#CHECKING}.
   *
   * @throws IllegalArgumentException if it is another
   */
  public HealthCheckerBuilder initial(TargetState state) {
    switch (state) {
      case CHECKING, HEALTHY, MOSTLY_HEALTHY, MOSTLY_UNHEALTHY, UNHEALTHY -> initial = state;
      default ->
          throw new IllegalArgumentException(
              "initial: " + state + " (expected: CHECKING or a verdict)");
    }
    return this;
  }

  /**
   * Sets below which share of available targets handles say that all are. Default: 0.5; 0 is never.
   *
   * @throws IllegalArgumentException if it is not 0..1
   */
  public HealthCheckerBuilder panicBelow(double share) {
    panicBelow = checkShare("panicBelow", share, 1);
    return this;
  }

  /** Sets how long a recovered target takes to get its whole weight. Default: no time. */
  public HealthCheckerBuilder slowStart(Duration time) {
    slowStart = check("slowStart", time);
    return this;
  }

  /**
   * Sets which share of the targets, at least three, must fail probes together for the checker to
   * doubt itself and hold verdicts back for a round. Default: 0.5; 0 is never.
   *
   * @throws IllegalArgumentException if it is not 0..1
   */
  public HealthCheckerBuilder massFailureShare(double share) {
    massFailureShare = checkShare("massFailureShare", share, 1);
    return this;
  }

  /**
   * Sets for how long verdicts on targets that go are kept, in case they come back. Default: not at
   * all.
   */
  public HealthCheckerBuilder retain(Duration time) {
    retain = check("retain", time);
    return this;
  }

  /** Compares how real traffic fares on the targets. Default: no. */
  public HealthCheckerBuilder outliers(Outliers outliers) {
    this.outliers = requireNonNull(outliers, "outliers");
    return this;
  }

  /**
   * Sets what looks up the names of targets, and for how long the last addresses of a name that no
   * longer resolves are kept. Default: {@link AddressResolver#system()}, 5 minutes.
   */
  public HealthCheckerBuilder resolver(AddressResolver resolver, Duration staleFor) {
    this.resolver = requireNonNull(resolver, "resolver");
    staleNames = check("staleFor", staleFor);
    return this;
  }

  /** Adds a listener. Default: none. */
  public HealthCheckerBuilder listener(HealthListener listener) {
    listeners.add(requireNonNull(listener, "listener"));
    return this;
  }

  private static double checkShare(String field, double share, double most) {
    if (!(share >= 0 && share <= most)) {
      throw new IllegalArgumentException(field + ": " + share + " (expected: 0.." + most + ")");
    }
    return share;
  }

  private static Duration check(String field, Duration time) {
    if (time.compareTo(Duration.ofMillis(1)) < 0 || time.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(field + ": " + time + " (expected: 1 ms to 24 h)");
    }
    return time;
  }

  private Duration atMostInterval(@Nullable Duration given, Duration usual) {
    return given != null ? given : usual.compareTo(interval) < 0 ? usual : interval;
  }

  private Schedule schedule() {
    Duration suspect = atMostInterval(suspectInterval, USUAL_SUSPECT);
    return new Schedule(
        interval.toNanos(),
        suspect.toNanos(),
        (recoverInterval == null ? suspect : recoverInterval).toNanos(),
        (downInterval == null ? interval : downInterval).toNanos(),
        (idleInterval == null ? interval : idleInterval).toNanos(),
        atMostInterval(timeout, USUAL_TIMEOUT).toNanos(),
        jitter);
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
    if (timeout != null && timeout.compareTo(interval) > 0) {
      throw new IllegalArgumentException(
          "timeout: " + timeout + " (expected: at most the interval, " + interval + ")");
    }
    checkRecovery();
    return new HealthChecker(
        new CheckerSettings(
            name,
            passiveOnly ? null : probe,
            schedule(),
            trialAfter.toNanos(),
            active,
            passive,
            sharedVerdict,
            goodStatuses,
            badStatuses,
            suspicion,
            initial,
            panicBelow,
            slowStart.toNanos(),
            massFailureShare,
            retain.toNanos(),
            outliers,
            resolver,
            staleNames.toNanos(),
            List.copyOf(listeners)),
        chosen);
  }

  /** What can go down must be able to come up. */
  private void checkRecovery() {
    boolean beginsDown =
        initial == TargetState.UNHEALTHY || initial == TargetState.MOSTLY_UNHEALTHY;
    boolean passiveAlone = passiveOnly || !sharedVerdict;
    if (passiveOnly && beginsDown) {
      throw new IllegalArgumentException(
          "initial: " + initial + " (expected: not down, without probes to bring it up)");
    }
    if (!passiveOnly && active.successes() == 0) {
      throw new IllegalArgumentException(
          "active: successes 0 (expected: at least 1, or targets never come up)");
    }
    if (passiveAlone && !passive.isOff() && passive.successes() == 0) {
      throw new IllegalArgumentException(
          "passive: successes 0 (expected: at least 1, or failures add up for ever)");
    }
  }
}
