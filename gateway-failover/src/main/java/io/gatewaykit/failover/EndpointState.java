// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.LoadReport;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.GroupSnapshot.EndpointStatus;
import io.gatewaykit.failover.breaker.CircuitBreaker;
import io.gatewaykit.failover.internal.balance.ErrorRate;
import io.gatewaykit.failover.internal.balance.LoadFactor;
import io.gatewaykit.failover.internal.balance.PeakEwma;
import io.gatewaykit.failover.internal.window.LatencyWindow;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The state of one endpoint, which survives updates of the topology.
 *
 * <p>Each reason to exclude the endpoint sets a {@code VETO_} bit with {@link #veto}. A bit
 * excludes it from the selection table at the next rebuild, and is also read at each pick, so that
 * a pick that still uses the old table respects it. A circuit breaker sets {@link #VETO_BREAKER}
 * while it is open. While half-open, it clears the bit and admits single attempts in {@link
 * #admit}, which is called once the endpoint is selected and before the lease starts. If {@code
 * veto} returns true, the caller must call {@link EndpointSelector#markStale()}.
 *
 * <p>Ejection without a health checker: after {@code maxFails} consecutive failures the endpoint is
 * ejected for a time. It then receives traffic again, and a single further failure ejects it again
 * until a success.
 *
 * <p>The fields that a lease accesses are plain words of this object and not objects of their own,
 * so that a pick among thousands costs one or two cache lines. Scores are published without a lock;
 * a lost update is a lost sample.
 */
final class EndpointState<T> extends EndpointLedger {
  /** The health signal reports it as unhealthy. */
  static final int VETO_HEALTH = 1;

  /** Ejected after consecutive failures. */
  static final int VETO_EJECTED = 1 << 1;

  /** Its circuit breaker is open. */
  static final int VETO_BREAKER = 1 << 2;

  /** The health signal reports it as draining. */
  static final int VETO_DRAINING = 1 << 3;

  /** An operator drains it. */
  static final int VETO_DRAIN = 1 << 4;

  /** An operator has forced its circuit breaker open. */
  static final int VETO_FORCED = 1 << 5;

  private static final int DRAINED = VETO_DRAINING | VETO_DRAIN;

  /** The reasons that apply in panic mode too: decisions, not evidence. */
  static final int DELIBERATE = DRAINED | VETO_FORCED;

  /** In slow start: accepts only a fraction of the picks. */
  static final int SOFT_STARTING = 1 << 16;

  /** Degraded: available, but receives a reduced share. */
  static final int SOFT_DEGRADED = 1 << 17;

  static final int HARD = (1 << 16) - 1;

  private static final VarHandle VETO;
  private static final VarHandle SCORE;
  private static final VarHandle ERRORS;
  private static final VarHandle ROW;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      VETO = lookup.findVarHandle(EndpointState.class, "veto", int.class);
      SCORE = lookup.findVarHandle(EndpointState.class, "score", long.class);
      ERRORS = lookup.findVarHandle(EndpointState.class, "errors", long.class);
      ROW = lookup.findVarHandle(EndpointState.class, "failuresInARow", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final long hash;
  final LatencyWindow latencies = new LatencyWindow();

  private int veto;
  private long score;
  private long errors;

  private int failuresInARow;
  private final StateHistory<EndpointStatus> status;
  private final Settings settings;

  /** The limit on attempts in flight; null: none. */
  private final @Nullable EndpointLimit limit;

  /** The settings common to all endpoints of the group. */
  record Settings(
      int maxFails,
      long ejectionNanos,
      HealthSignal health,
      Supplier<@Nullable EndpointLimit> limits,
      PeakEwma ewma) {}

  volatile Endpoint<T> endpoint;

  /** The line of the endpoint; set before any pick can see this endpoint, and by updates. */
  volatile @Nullable LineState<T> line;

  private volatile Health health = Health.UNKNOWN;

  /** Whether an update removed the endpoint, and none has added it again. */
  volatile boolean removed;

  /** Set once, before any pick can see this endpoint. */
  @Nullable CircuitBreaker breaker;

  /** The end of a requested pushback; meaningful only while {@link #resting}. */
  private volatile long restUntil;

  private volatile boolean resting;

  /** The last reported load; null: none. */
  private volatile @Nullable TimedLoad load;

  private final LoadFactor loadFactor = new LoadFactor();

  private record TimedLoad(LoadReport report, long at) {}

  /** The start of the ejection; meaningful only while {@link #VETO_EJECTED} is set. */
  private volatile long ejectedSince;

  /** The end of the ejection; meaningful only while {@link #VETO_EJECTED} is set. */
  private volatile long ejectedUntil;

  /** The start of the slow start; meaningful only while {@link #SOFT_STARTING} is set. */
  volatile long startingSince;

  EndpointState(Endpoint<T> endpoint, Settings settings, long now) {
    this.endpoint = endpoint;
    this.settings = settings;
    this.limit = settings.limits.get();
    this.hash = Hashing.of(endpoint.id());
    this.status = new StateHistory<>(EndpointStatus.AVAILABLE, now, "no failures recorded");
  }

  /** Sets or clears a reason to exclude this endpoint, a {@code VETO_} bit; true if it changed. */
  boolean veto(int reason, boolean excluded) {
    int before =
        excluded
            ? (int) VETO.getAndBitwiseOr(this, reason)
            : (int) VETO.getAndBitwiseAnd(this, ~reason);
    return (before & reason) != 0 != excluded;
  }

  /** Returns the last health that the signal reported. */
  Health health() {
    return health;
  }

  /** Returns the reasons to exclude this endpoint. */
  int veto() {
    return (int) VETO.getAcquire(this);
  }

  /** Applies the reported health; returns whether it changes the eligibility of the endpoint. */
  boolean health(Health reported) {
    health = reported;
    boolean changed = veto(VETO_HEALTH, !reported.available() && reported != Health.DRAINING);
    changed |= veto(VETO_DRAINING, reported == Health.DRAINING);
    boolean unused = veto(SOFT_DEGRADED, reported == Health.DEGRADED);
    return changed;
  }

  /**
   * Tries to acquire a permit for one attempt, once the endpoint is selected. If it returns {@link
   * CircuitBreaker#REJECTED}, another endpoint must be selected; otherwise the permit must be
   * passed to {@link #report} when the attempt has ended.
   *
   * @param vetoes the reasons that apply to this pick; all except in panic mode
   */
  long admit(int vetoes, long now) {
    if (resting) {
      if (restUntil - now > 0) {
        return CircuitBreaker.REJECTED;
      }
      resting = false; // a race with rest() admits one attempt at most
    }
    if (isFull()) {
      return CircuitBreaker.REJECTED;
    }
    long permit = BreakerPermits.tryAcquire(breaker, now);
    if (permit != CircuitBreaker.REJECTED && !healthAdmits(vetoes)) {
      report(permit, Outcome.CANCELLED, 0, now);
      return CircuitBreaker.REJECTED;
    }
    return permit;
  }

  private boolean healthAdmits(int vetoes) {
    return switch (health) {
      case HEALTHY, DEGRADED -> true;
      // It may be due for its trial, which is one request.
      case UNKNOWN -> settings.health.tryTrial(endpoint.id());
      // The pick read the veto before another request became the trial, which excludes this one.
      case UNHEALTHY, DRAINING -> (vetoes & VETO_HEALTH) == 0;
    };
  }

  /** Returns whether the limit on attempts that wait for a response is reached. */
  boolean isFull() {
    EndpointLimit bound = limit;
    return bound != null && busy() >= bound.max();
  }

  /** Records the start of a lease; false if another thread has taken the last slot concurrently. */
  boolean tryBegin(long now, boolean again) {
    EndpointLimit bound = limit;
    return tryBegin(now, again, bound == null ? 0 : bound.max());
  }

  /** Reports the outcome of an attempt to the circuit breaker of the endpoint, if it has one. */
  void report(long permit, Outcome outcome, long latencyNanos, long now) {
    BreakerPermits.report(breaker, permit, outcome, latencyNanos, now);
  }

  /** Records the load that the endpoint has reported. */
  void onLoad(LoadReport report, long now) {
    load = new TimedLoad(report, now);
  }

  /** Returns the last reported load; null if there is none or it is older than this. */
  @Nullable LoadReport load(long now, long staleNanos) {
    TimedLoad last = load;
    return last == null || now - last.at > staleNanos ? null : last.report;
  }

  /** Returns the factor of the weight by load; accessed under the lock of the publisher. */
  LoadFactor loadFactor() {
    return loadFactor;
  }

  /** Excludes the endpoint until the given time, as it has requested. */
  void rest(long until) {
    restUntil = until; // before the flag: a reader that sees the flag also sees the time
    resting = true;
  }

  /** Adds a latency measured during a lease, or by a probe. */
  void sample(long latencyNanos, long now) {
    SCORE.setOpaque(this, settings.ewma.sample((long) SCORE.getOpaque(this), latencyNanos, now));
  }

  /**
   * Returns the cost of selecting this endpoint: its latency, or the time since the last sign of
   * life while busy if that is longer, times busy leases plus one, divided by the square of the
   * success rate.
   */
  double cost(long now, float coldNanos) {
    int open = busy();
    long word = (long) SCORE.getOpaque(this);
    double latency = word == 0 ? coldNanos : settings.ewma.read(word, now);
    if (open > 0) {
      // Detects a hang long before the timeouts of the hanging attempts.
      latency = Math.max(latency, (double) nanosSinceProgress(now));
    }
    double cost = latency * (open + 1);
    long failing = (long) ERRORS.getOpaque(this);
    if (failing != 0) {
      double succeeding = Math.max(0.01, 1 - ErrorRate.read(failing, now));
      cost /= succeeding * succeeding;
    }
    return cost;
  }

  /** Returns whether there is no latency sample. */
  boolean unmeasured() {
    return (long) SCORE.getOpaque(this) == 0;
  }

  /** Returns the latency score in nanoseconds, or 0 without a sample. */
  float latencyScore(long now) {
    return settings.ewma.read((long) SCORE.getOpaque(this), now);
  }

  boolean isEjected(long now) {
    return (veto() & VETO_EJECTED) != 0 && ejectedUntil - now > 0;
  }

  /** Ends the ejection if its time has elapsed; true if this call ended it. */
  boolean endEjection(long now) {
    return (veto() & VETO_EJECTED) != 0 && ejectedUntil - now <= 0 && veto(VETO_EJECTED, false);
  }

  /** Returns the end of the ejection; meaningful only while ejected. */
  long ejectedUntil() {
    return ejectedUntil;
  }

  /** Returns the status with its start and cause. */
  StateHistory.Entry<EndpointStatus> status(long now) {
    EndpointStatus current = EndpointReasons.status(this, now);
    StateHistory.Entry<EndpointStatus> last = status.last();
    return last.state() == current
        ? last
        : status.update(current, now, before -> EndpointReasons.cause(this, current, before));
  }

  /** Returns the number of consecutive failures. */
  int consecutiveFailures() {
    return (int) ROW.getOpaque(this);
  }

  /** The effect of the end of a lease. */
  enum Change {
    NONE,
    EJECTED,
    READMITTED
  }

  /**
   * Records the outcome of a lease.
   *
   * @param latencyNanos the latency of the attempt; -1 if it does not reflect the endpoint's speed
   * @param ageNanos the time since the lease started
   */
  Change ended(Outcome outcome, long latencyNanos, long ageNanos, long now) {
    EndpointLimit bound = limit;
    if (bound != null) {
      bound.ended(outcome, latencyNanos, busy());
    }
    if (outcome != Outcome.CANCELLED && outcome != Outcome.TIMEOUT) {
      progressed(now); // it responded; a timeout or cancellation is no sign of life
    }
    if (outcome == Outcome.SUCCESS) {
      endSuccess();
      if (latencyNanos >= 0) {
        latencies.record(latencyNanos, now);
        sample(latencyNanos, now);
      }
      return (int) ROW.getOpaque(this) == 0 && (long) ERRORS.getOpaque(this) == 0
          ? Change.NONE // fast path: no other write
          : recovered(now - ageNanos, now);
    }
    if (!outcome.againstEndpoint()) {
      endIgnored();
      return Change.NONE;
    }
    endFailure();
    ERRORS.setOpaque(this, ErrorRate.sample((long) ERRORS.getOpaque(this), true, now));
    // A failure never improves the latency score: failing fast must not look like being fast.
    long word = (long) SCORE.getOpaque(this);
    boolean measured = word != 0 || outcome == Outcome.TIMEOUT;
    if (measured && latencyNanos > PeakEwma.score(word)) {
      sample(latencyNanos, now);
    }
    if ((int) ROW.getAndAdd(this, 1) + 1 < settings.maxFails) {
      return Change.NONE;
    }
    boolean fresh = !isEjected(now);
    if (fresh) {
      ejectedSince = now;
    }
    ejectedUntil =
        now + settings.ejectionNanos; // before the bit: a thread that sees it sees the time
    boolean changed = veto(VETO_EJECTED, true);
    return fresh || changed ? Change.EJECTED : Change.NONE;
  }

  private Change recovered(long start, long now) {
    ERRORS.setOpaque(this, ErrorRate.sample((long) ERRORS.getOpaque(this), false, now));
    if ((veto() & VETO_EJECTED) != 0 && start - ejectedSince < 0) {
      return Change.NONE; // it started before the failures, and proves no recovery
    }
    ROW.setOpaque(this, 0);
    return veto(VETO_EJECTED, false) ? Change.READMITTED : Change.NONE;
  }
}
