package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.healthcheck.internal.engine.Schedule;
import io.gatewaykit.healthcheck.state.TargetState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects the settings of a {@link HealthChecker}. Not thread-safe. */
public final class HealthCheckerBuilder {
  private static final Duration MAX_DURATION = Duration.ofDays(1);
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

  /** Sets the probe. Default: {@link Probe#tcp()}. */
  public HealthCheckerBuilder probe(Probe probe) {
    this.probe = requireNonNull(probe, "probe");
    return this;
  }

  /** Sets the time between the starts of two consecutive probes of a target. Default: 2 seconds. */
  public HealthCheckerBuilder interval(Duration interval) {
    this.interval = check("interval", interval);
    return this;
  }

  /**
   * Sets the timeout of a probe, from the connection attempt to the last byte needed. Must not
   * exceed the interval. Default: 800 ms, or the interval if that is shorter.
   */
  public HealthCheckerBuilder timeout(Duration timeout) {
    this.timeout = check("timeout", timeout);
    return this;
  }

  /**
   * Sets the interval while probe results contradict the state. It is also the minimum time between
   * probes triggered by traffic. Default: 250 ms, or the interval if that is shorter.
   */
  public HealthCheckerBuilder suspectInterval(Duration interval) {
    suspectInterval = check("suspectInterval", interval);
    return this;
  }

  /** Sets the interval while a target recovers. Default: {@link #suspectInterval}. */
  public HealthCheckerBuilder recoverInterval(Duration interval) {
    recoverInterval = check("recoverInterval", interval);
    return this;
  }

  /** Sets the interval for unhealthy targets. Default: the interval. */
  public HealthCheckerBuilder downInterval(Duration interval) {
    downInterval = check("downInterval", interval);
    return this;
  }

  /**
   * Sets the interval for targets without a reported request. The first request brings the next
   * probe forward. Default: the interval.
   */
  public HealthCheckerBuilder idleInterval(Duration interval) {
    idleInterval = check("idleInterval", interval);
    return this;
  }

  /**
   * Sets the jitter of probes, as a fraction of the interval by which they may be early or late.
   * Default: 0.1.
   *
   * @throws IllegalArgumentException if it is not 0..0.5
   */
  public HealthCheckerBuilder jitter(double share) {
    jitter = checkShare("jitter", share, 0.5);
    return this;
  }

  /** Sets the thresholds for probes. Default: healthy after 2, unhealthy after 3. */
  public HealthCheckerBuilder active(Thresholds thresholds) {
    active = requireNonNull(thresholds, "thresholds");
    return this;
  }

  /**
   * Sets the thresholds for reports of real traffic. Default: unhealthy after 5 failures, 2 failed
   * connections or 7 timeouts.
   */
  public HealthCheckerBuilder passive(Thresholds thresholds) {
    passive = requireNonNull(thresholds, "thresholds");
    return this;
  }

  /**
   * Makes probes and real traffic share one verdict, as in lua-resty-healthcheck: each may revert
   * the other's decision. Default: two verdicts, of which the worse is in effect; a target that
   * traffic marked unhealthy then recovers by a trial request.
   */
  public HealthCheckerBuilder sharedVerdict() {
    sharedVerdict = true;
    return this;
  }

  /**
   * Sets the statuses that {@link TargetHandle#reportStatus} counts as success and as failure. Any
   * other status is counted and shown but affects no verdict. Default: 200-399 and 500-599.
   *
   * @param good in the syntax of {@link ExpectedResponse.Builder#goodStatuses(String)}
   * @param bad in the same syntax
   * @throws IllegalArgumentException if the syntax is invalid or the sets overlap
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
   * Disables probes: real traffic alone decides. After this time, the next request to an unhealthy
   * target is its trial. Each failed trial doubles the time.
   */
  public HealthCheckerBuilder passiveOnly(Duration trialAfter) {
    passiveOnly = true;
    return trialAfter(trialAfter);
  }

  /**
   * Sets the time after which the next request is the trial of a target that traffic marked
   * unhealthy. Each failed trial doubles it, up to a factor of 32. Default: 10 seconds.
   */
  public HealthCheckerBuilder trialAfter(Duration time) {
    trialAfter = check("trialAfter", time);
    return this;
  }

  /** Sets the effect of a failure of real traffic. Default: {@link Suspicion#COUNT_AND_PROBE}. */
  public HealthCheckerBuilder suspicion(Suspicion suspicion) {
    this.suspicion = requireNonNull(suspicion, "suspicion");
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
      case CHECKING, HEALTHY, MOSTLY_HEALTHY, MOSTLY_UNHEALTHY, UNHEALTHY -> initial = state;
      default ->
          throw new IllegalArgumentException(
              "initial: " + state + " (expected: CHECKING or a verdict)");
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
    panicBelow = checkShare("panicBelow", share, 1);
    return this;
  }

  /** Sets the time over which a recovered target regains its full weight. Default: none. */
  public HealthCheckerBuilder slowStart(Duration time) {
    slowStart = check("slowStart", time);
    return this;
  }

  /**
   * Sets the fraction of the targets, at least three, whose probes must fail together for the
   * checker to suspect a failure of its own and hold back verdicts for one round. Default: 0.5; 0
   * disables this.
   *
   * @throws IllegalArgumentException if it is not 0..1
   */
  public HealthCheckerBuilder massFailureShare(double share) {
    massFailureShare = checkShare("massFailureShare", share, 1);
    return this;
  }

  /**
   * Sets how long the verdict of a removed target is retained, to be restored if it is added again.
   * Default: zero.
   */
  public HealthCheckerBuilder retain(Duration time) {
    retain = check("retain", time);
    return this;
  }

  /**
   * Enables outlier detection, which compares the real traffic of the targets. Default: disabled.
   */
  public HealthCheckerBuilder outliers(Outliers outliers) {
    this.outliers = requireNonNull(outliers, "outliers");
    return this;
  }

  /**
   * Sets the resolver for targets defined by name, and how long the last addresses of a name are
   * retained while it fails to resolve. Default: {@link AddressResolver#system()}, 5 minutes.
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
      throw Arguments.outside(field, share, "0.." + most);
    }
    return share;
  }

  private static Duration check(String field, Duration time) {
    if (time.compareTo(Duration.ofMillis(1)) < 0 || time.compareTo(MAX_DURATION) > 0) {
      throw Arguments.outside(field, time, "1 ms to 24 h");
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
   * Builds a checker without targets.
   *
   * @throws IllegalArgumentException if there is no engine, the timeout is longer than the
   *     interval, or targets could become unhealthy without a way to recover
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

  /** Every target that can become unhealthy must be able to recover. */
  private void checkRecovery() {
    boolean beginsDown =
        initial == TargetState.UNHEALTHY || initial == TargetState.MOSTLY_UNHEALTHY;
    boolean passiveAlone = passiveOnly || !sharedVerdict;
    if (passiveOnly && beginsDown) {
      throw new IllegalArgumentException(
          "initial: "
              + initial
              + " (expected: not unhealthy, since there are no probes to recover it)");
    }
    if (!passiveOnly && active.successes() == 0) {
      throw new IllegalArgumentException(
          "active: successes 0 (expected: at least 1, else targets never recover)");
    }
    if (passiveAlone && !passive.isOff() && passive.successes() == 0) {
      throw new IllegalArgumentException(
          "passive: successes 0 (expected: at least 1, else failures are never cleared)");
    }
  }
}
