package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.GroupSnapshot.EndpointStatus;
import io.gatewaykit.failover.internal.balance.ErrorRate;
import io.gatewaykit.failover.internal.balance.PeakEwma;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * What a group remembers of one endpoint, across updates of the topology.
 *
 * <p>Whoever objects to the endpoint sets a {@code VETO_} bit with {@link #veto}: a bit takes it
 * out of the pick tables at the next rebuild, and is also read at each pick, so a pick that still
 * sees the old table does not go there. A circuit breaker sets {@link #VETO_BREAKER} while it is
 * open; while it is half-open it lifts the bit and rations single attempts in {@link #admit}, which
 * is asked once the endpoint is chosen and before the lease begins. After {@code veto} has returned
 * true the caller tells {@link Selection#stale()}.
 *
 * <p>The rule that needs no health checker: after {@code maxFails} failures in a row the endpoint
 * is set aside for a time; then it gets traffic again, and a single further failure sets it aside
 * anew until a success.
 *
 * <p>The fields a lease touches are plain words here and not objects of their own, so that a pick
 * among thousands costs one or two cache lines. A lease makes one atomic addition when it begins
 * and one when it ends; scores are published without a lock, and a lost one is a lost sample.
 */
final class EndpointState<T> {
  /** The health signal says unhealthy. */
  static final int VETO_HEALTH = 1;

  /** Failures in a row have set it aside. */
  static final int VETO_ASIDE = 1 << 1;

  /** A circuit breaker is open. */
  static final int VETO_BREAKER = 1 << 2;

  /** The health signal says that it is being taken out. */
  static final int VETO_DRAINING = 1 << 3;

  /** An operator takes it out. */
  static final int VETO_DRAIN = 1 << 4;

  /** What holds in panic too: decided by somebody, not guessed. */
  static final int DELIBERATE = VETO_DRAINING | VETO_DRAIN;

  /** It starts slowly: accepts only some of the picks. */
  static final int SOFT_STARTING = 1 << 16;

  /** It works, but would rather have less. */
  static final int SOFT_DEGRADED = 1 << 17;

  static final int HARD = (1 << 16) - 1;

  private static final VarHandle VETO;
  private static final VarHandle LEDGER;
  private static final VarHandle FAILURES;
  private static final VarHandle IGNORED;
  private static final VarHandle RETRIES;
  private static final VarHandle SCORE;
  private static final VarHandle ERRORS;
  private static final VarHandle PROGRESS;
  private static final VarHandle LONG_LIVED;
  private static final VarHandle ROW;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      VETO = lookup.findVarHandle(EndpointState.class, "veto", int.class);
      LEDGER = lookup.findVarHandle(EndpointState.class, "ledger", long.class);
      FAILURES = lookup.findVarHandle(EndpointState.class, "failures", long.class);
      IGNORED = lookup.findVarHandle(EndpointState.class, "ignored", long.class);
      RETRIES = lookup.findVarHandle(EndpointState.class, "retries", long.class);
      SCORE = lookup.findVarHandle(EndpointState.class, "score", long.class);
      ERRORS = lookup.findVarHandle(EndpointState.class, "errors", long.class);
      PROGRESS = lookup.findVarHandle(EndpointState.class, "progress", long.class);
      LONG_LIVED = lookup.findVarHandle(EndpointState.class, "longLived", int.class);
      ROW = lookup.findVarHandle(EndpointState.class, "failuresInARow", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** The ledger counts open leases in its low bits, and successes above them. */
  private static final int IN_FLIGHT_BITS = 24;

  private static final long IN_FLIGHT_MASK = (1L << IN_FLIGHT_BITS) - 1;
  private static final long ONE_SUCCESS = 1L << IN_FLIGHT_BITS;

  final long hash;
  final LatencyHistogram latencies = new LatencyHistogram();

  private int veto;
  private long ledger;
  private long score;
  private long errors;

  /** When the endpoint last ended something, or became busy. */
  private long progress;

  private int longLived;
  private int failuresInARow;
  private long failures;
  private long ignored;
  private long retries;
  private final Since<EndpointStatus> status;
  private final Settings settings;

  /** What the group decides for all endpoints. */
  record Settings(int maxFails, long asideNanos, PeakEwma ewma) {}

  volatile Endpoint<T> endpoint;

  /** The line it stands in; set before any pick can see this endpoint, and by updates. */
  volatile @Nullable LineState<T> line;

  private volatile Health health = Health.UNKNOWN;

  /** Set once, before any pick can see this endpoint. */
  @Nullable CircuitBreaker breaker;

  /** Until when it asked to be left alone; meaningful only while {@link #resting}. */
  private volatile long restUntil;

  private volatile boolean resting;

  /** When the endpoint may be used again; meaningful only while {@link #VETO_ASIDE} is set. */
  private volatile long asideUntil;

  /** When its slow start began; meaningful only while {@link #SOFT_STARTING} is set. */
  volatile long startingSince;

  EndpointState(Endpoint<T> endpoint, Settings settings, long now) {
    this.endpoint = endpoint;
    this.settings = settings;
    this.hash = Hashing.of(endpoint.id());
    this.status = new Since<>(EndpointStatus.AVAILABLE, now, "nothing has been held against it");
  }

  /**
   * Sets or lifts one reason, a {@code VETO_} bit, not to pick this endpoint; true if it changed.
   */
  boolean veto(int reason, boolean objects) {
    int before =
        objects
            ? (int) VETO.getAndBitwiseOr(this, reason)
            : (int) VETO.getAndBitwiseAnd(this, ~reason);
    return (before & reason) != 0 != objects;
  }

  /** Returns what the health signal said last. */
  Health health() {
    return health;
  }

  /** Returns the reasons not to pick this endpoint. */
  int veto() {
    return (int) VETO.getAcquire(this);
  }

  /** Takes over what the health signal says; true if it changes who may be picked. */
  boolean health(Health said) {
    health = said;
    boolean changed = veto(VETO_HEALTH, !said.available() && said != Health.DRAINING);
    changed |= veto(VETO_DRAINING, said == Health.DRAINING);
    boolean unused = veto(SOFT_DEGRADED, said == Health.DEGRADED);
    return changed;
  }

  /**
   * Asks for the right to one attempt once the endpoint is chosen; {@link CircuitBreaker#REFUSED}:
   * choose another. Who takes it must give it back to the breaker when the attempt has ended.
   */
  long admit(long now) {
    if (resting) {
      if (restUntil - now > 0) {
        return CircuitBreaker.REFUSED;
      }
      resting = false; // a race with rest() lets one attempt through, no more
    }
    return Breakers.admit(breaker, now);
  }

  /** Tells the endpoint's breaker, if there is one, how an attempt went. */
  void report(long permit, Outcome outcome, long latencyNanos, long now) {
    if (breaker != null && permit != Breakers.NO_PERMIT) {
      breaker.report(permit, outcome, latencyNanos, now);
    }
  }

  /** Leaves the endpoint alone until then, as it has asked for. */
  void rest(long until) {
    restUntil = until; // before the flag: whoever sees the flag sees the time
    resting = true;
  }

  /** Notes that a lease begins; {@code again}: its request had another one before. */
  void begin(long now, boolean again) {
    if (again) {
      RETRIES.getAndAdd(this, 1L);
    }
    long before = (long) LEDGER.getAndAdd(this, 1L);
    if ((before & IN_FLIGHT_MASK) == 0) {
      PROGRESS.setOpaque(this, now);
    }
  }

  /** Returns the leases not closed yet. */
  int inFlight() {
    return (int) ((long) LEDGER.getOpaque(this) & IN_FLIGHT_MASK);
  }

  long successes() {
    return (long) LEDGER.getOpaque(this) >>> IN_FLIGHT_BITS;
  }

  long failures() {
    return (long) FAILURES.getOpaque(this);
  }

  /** Returns how many leases were given to requests that had had one before. */
  long retries() {
    return (long) RETRIES.getOpaque(this);
  }

  /** Returns how many leases were ever given; the parts are read one after the other. */
  long picks() {
    long now = (long) LEDGER.getOpaque(this);
    return (now & IN_FLIGHT_MASK)
        + (now >>> IN_FLIGHT_BITS)
        + failures()
        + (long) IGNORED.getOpaque(this);
  }

  /** Adds a latency measured while a lease goes on, or by a probe. */
  void sample(long latencyNanos, long now) {
    SCORE.setOpaque(this, settings.ewma.sample((long) SCORE.getOpaque(this), latencyNanos, now));
  }

  /**
   * Takes a lease out of what the age of open leases says: it is a connection from now on, or waits
   * on purpose. {@code on} false: it has ended.
   */
  void longLived(boolean on) {
    int unused = (int) LONG_LIVED.getAndAdd(this, on ? 1 : -1);
  }

  /**
   * Returns what choosing this endpoint costs: its latency, or how long it has not ended anything
   * though busy, if that is more, for each open lease, over what of its attempts succeeds.
   */
  double cost(long now, float coldNanos) {
    int open = inFlight();
    long word = (long) SCORE.getOpaque(this);
    double latency = word == 0 ? coldNanos : settings.ewma.read(word, now);
    if (open > (int) LONG_LIVED.getOpaque(this)) {
      // A hang shows here long before any timeout ends the attempts that hang.
      latency = Math.max(latency, (double) (now - (long) PROGRESS.getOpaque(this)));
    }
    double cost = latency * (open + 1);
    long failing = (long) ERRORS.getOpaque(this);
    if (failing != 0) {
      double succeeding = Math.max(0.01, 1 - ErrorRate.read(failing, now));
      cost /= succeeding * succeeding;
    }
    return cost;
  }

  /** Tells whether no latency was measured yet. */
  boolean unmeasured() {
    return (long) SCORE.getOpaque(this) == 0;
  }

  /** Returns the latency score in nanoseconds, or 0 if nothing was measured. */
  float latencyScore(long now) {
    return settings.ewma.read((long) SCORE.getOpaque(this), now);
  }

  boolean isAside(long now) {
    return (veto() & VETO_ASIDE) != 0 && asideUntil - now > 0;
  }

  /** Lets the endpoint back if its time aside is over; true if that changed something. */
  boolean endAside(long now) {
    return (veto() & VETO_ASIDE) != 0 && asideUntil - now <= 0 && veto(VETO_ASIDE, false);
  }

  /** Returns when its time aside is over; only meaningful while it is aside. */
  long asideUntil() {
    return asideUntil;
  }

  /** Returns the status, and since when and why. */
  Since.Seen<EndpointStatus> status(long now) {
    EndpointStatus current = current(now);
    Since.Seen<EndpointStatus> last = status.last();
    return last.state() == current
        ? last
        : status.see(current, now, before -> cause(current, before));
  }

  private EndpointStatus current(long now) {
    int reasons = veto();
    if ((reasons & DELIBERATE) != 0) {
      return EndpointStatus.DRAINING;
    }
    if ((reasons & VETO_HEALTH) != 0) {
      return EndpointStatus.UNHEALTHY;
    }
    boolean broken = (reasons & VETO_BREAKER) != 0;
    return broken || isAside(now) ? EndpointStatus.ASIDE : EndpointStatus.AVAILABLE;
  }

  private String cause(EndpointStatus status, EndpointStatus last) {
    return switch (status) {
      case DRAINING, UNHEALTHY -> "the health signal says " + health;
      case ASIDE ->
          (veto() & VETO_BREAKER) != 0
              ? "its circuit breaker is open"
              : (int) ROW.getOpaque(this) + " failures in a row";
      case AVAILABLE ->
          last == EndpointStatus.ASIDE
              ? (int) ROW.getOpaque(this) > 0 ? "its time aside is over" : "it answered again"
              : "the health signal says " + health;
    };
  }

  /** What the end of a lease changed. */
  enum Change {
    NONE,
    SET_ASIDE,
    BACK
  }

  /**
   * Notes how a lease ended.
   *
   * @param latencyNanos how long the attempt took; -1 if it says nothing of the endpoint's speed
   */
  Change ended(Outcome outcome, long latencyNanos, long now) {
    if (outcome != Outcome.CANCELLED && outcome != Outcome.TIMEOUT) {
      PROGRESS.setOpaque(this, now); // it answered; giving up on it is no sign of life
    }
    if (outcome == Outcome.SUCCESS) {
      LEDGER.getAndAdd(this, ONE_SUCCESS - 1);
      if (latencyNanos >= 0) {
        latencies.record(latencyNanos, now);
        sample(latencyNanos, now);
      }
      return (int) ROW.getOpaque(this) == 0 && (long) ERRORS.getOpaque(this) == 0
          ? Change.NONE // the usual case writes nothing else
          : recovered(now);
    }
    LEDGER.getAndAdd(this, -1L);
    if (!outcome.againstEndpoint()) {
      IGNORED.getAndAdd(this, 1L);
      return Change.NONE;
    }
    FAILURES.getAndAdd(this, 1L);
    ERRORS.setOpaque(this, ErrorRate.sample((long) ERRORS.getOpaque(this), true, now));
    // A failure is never good news of the latency: failing fast must not look like being fast.
    long word = (long) SCORE.getOpaque(this);
    boolean measured = word != 0 || outcome == Outcome.TIMEOUT;
    if (measured && latencyNanos > PeakEwma.score(word)) {
      sample(latencyNanos, now);
    }
    if ((int) ROW.getAndAdd(this, 1) + 1 < settings.maxFails) {
      return Change.NONE;
    }
    boolean fresh = !isAside(now);
    asideUntil = now + settings.asideNanos; // before the bit: whoever sees it sees the time
    boolean changed = veto(VETO_ASIDE, true);
    return fresh || changed ? Change.SET_ASIDE : Change.NONE;
  }

  private Change recovered(long now) {
    ERRORS.setOpaque(this, ErrorRate.sample((long) ERRORS.getOpaque(this), false, now));
    ROW.setOpaque(this, 0);
    return veto(VETO_ASIDE, false) ? Change.BACK : Change.NONE;
  }
}
