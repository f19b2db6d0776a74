package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.BreakerPhase.Closed;
import io.gatewaykit.failover.BreakerPhase.Forced;
import io.gatewaykit.failover.BreakerPhase.HalfOpen;
import io.gatewaykit.failover.BreakerPhase.Open;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops calls to what keeps failing, and lets a few through from time to time to see whether it
 * works again.
 *
 * <p>While <em>closed</em> it trips on whichever comes first: failures in a row, the rate of
 * failures, or the rate of slow calls, both over a window of recent calls. While <em>open</em> it
 * refuses, at first for a second, then for twice as long each time, with some chance added so that
 * many instances do not come back at once. <em>Half-open</em> it admits a fixed number of trials:
 * when all have succeeded it closes; the first that fails, or is slow, opens it again.
 *
 * <p>Whoever asks gets a permit, and hands it back with how the call went. A permit names the phase
 * it was given in: what a call from before the trip reports later changes nothing. A trial that is
 * never reported frees its place after a time limit. So a forgotten or late report cannot wedge the
 * breaker, nor close it.
 *
 * <pre>{@code
 * long permit = breaker.tryAcquire();
 * if (permit == CircuitBreaker.REFUSED) {
 *   return fallback();
 * }
 * ...
 * breaker.report(permit, Outcome.SUCCESS, latencyNanos);
 * }</pre>
 *
 * <p>Only {@linkplain Outcome#againstEndpoint() real failures} are failures; a call that was
 * cancelled, refused here, or told that the other side is busy gives its permit back and leaves no
 * trace. Thread-safe, lock-free; asking and reporting allocate nothing. Starts no thread: time that
 * has passed is noticed by the next call. All time is elapsed time, so the wall clock may jump.
 */
public final class CircuitBreaker {
  /** What {@link #tryAcquire} returns instead of a permit. */
  public static final long REFUSED = 0;

  private static final Logger log = LoggerFactory.getLogger(CircuitBreaker.class);

  private final CircuitBreakerBuilder settings;
  private final Ticker ticker;
  private final boolean timed;
  private final long slowerThan;
  private final int consecutive;
  private final LongAdder refused = new LongAdder();
  private final LongAdder outdated = new LongAdder();

  /**
   * The phase, replaced by compare-and-set and never changed back: its number grows. All that a
   * phase counts hangs on its object, so a thread that still holds an old phase cannot touch the
   * new one.
   */
  private final AtomicReference<BreakerPhase> phase;

  CircuitBreaker(CircuitBreakerBuilder settings) {
    this.settings = settings;
    ticker = settings.ticker;
    slowerThan = settings.slowerThanNanos;
    consecutive = settings.consecutive;
    Closed first = closed(1, ticker.read(), 0);
    timed = first.window().needsTime();
    phase = new AtomicReference<>(first);
  }

  /** Returns a builder. */
  public static CircuitBreakerBuilder builder() {
    return new CircuitBreakerBuilder();
  }

  /** What a breaker does with calls. */
  public enum State {
    /** It admits all and judges them. */
    CLOSED,
    /** It refuses all until a time. */
    OPEN,
    /** It admits a few trials. */
    HALF_OPEN,
    /** It refuses all until told otherwise. */
    FORCED_OPEN,
    /** It admits all and judges none until told otherwise. */
    FORCED_CLOSED
  }

  /**
   * Learns of what a breaker does. Called on the caller's thread, so it must be quick; what it
   * throws is caught and logged.
   */
  public interface Listener {
    /** Called after the breaker changed its state. */
    default void onChange(Change change) {}
  }

  /**
   * A change of state.
   *
   * @param breaker the breaker's name
   * @param from the state before
   * @param to the state now
   * @param cause why, for people
   * @param openFor for how long calls are refused if {@code to} is {@link State#OPEN}, else zero
   */
  public record Change(String breaker, State from, State to, String cause, Duration openFor) {}

  /** Says that a breaker refused a call. Has no stack trace, since refusals come in floods. */
  public static final class OpenException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Duration retryAfter;

    OpenException(String breaker, Duration retryAfter) {
      super("breaker " + breaker + " is open", null, false, false);
      this.retryAfter = retryAfter;
    }

    /** Returns when it is worth asking again; zero if another call's end is what is waited for. */
    public Duration retryAfter() {
      return retryAfter;
    }
  }

  /**
   * Asks for a permit.
   *
   * @return the permit, to be handed to {@link #report} once, or {@link #REFUSED}
   */
  public long tryAcquire() {
    BreakerPhase current = phase.get();
    if (current instanceof Closed) {
      return permit(current.generation(), 0); // the usual case does not read the clock
    }
    return tryAcquire(current, ticker.read());
  }

  /** As {@link #tryAcquire()}, for callers who have just read the breaker's ticker. */
  public long tryAcquire(long now) {
    return tryAcquire(phase.get(), now);
  }

  private long tryAcquire(BreakerPhase seen, long now) {
    BreakerPhase current = seen;
    while (true) {
      if (current instanceof Open open && now - open.until() >= 0) {
        HalfOpenTrials trials = settings.trials(now);
        var next = new HalfOpen(open.generation() + 1, now, trials, open.openNanos());
        current = change(open, next, "its time is over") ? next : phase.get();
      } else if (current instanceof HalfOpen half) {
        int trial = half.trials().take(now);
        return trial == HalfOpenTrials.NONE ? refuse() : permit(half.generation(), trial);
      } else if (refuses(current)) {
        return refuse();
      } else {
        return permit(current.generation(), 0);
      }
    }
  }

  private static boolean refuses(BreakerPhase current) {
    return current instanceof Open || current instanceof Forced forced && forced.open();
  }

  private long refuse() {
    refused.increment();
    return REFUSED;
  }

  private static long permit(int generation, int trial) {
    return (long) generation << 32 | trial;
  }

  /** Tells whether {@link #tryAcquire(long)} would now give a permit; takes none. */
  public boolean wouldAdmit(long now) {
    BreakerPhase current = phase.get();
    if (current instanceof Closed) {
      return true;
    }
    if (current instanceof Open open) {
      return now - open.until() >= 0;
    }
    return current instanceof HalfOpen half ? half.trials().hasFree(now) : !refuses(current);
  }

  /** Tells whether it refuses all calls, rather than none or some. */
  boolean isOpen(long now) {
    BreakerPhase current = phase.get();
    return refuses(current) && !(current instanceof Open open && now - open.until() >= 0);
  }

  /** Returns how long it will refuse yet if that depends on time alone, else zero. */
  long openNanos(long now) {
    return phase.get() instanceof Open open ? Math.max(0, open.until() - now) : 0;
  }

  /**
   * Says how a call went. A permit of an earlier phase, or one whose trial was given to somebody
   * else meanwhile, changes nothing.
   *
   * @param permit what {@link #tryAcquire} returned; {@link #REFUSED} is ignored
   * @param latencyNanos how long the call took, in nanoseconds
   */
  public void report(long permit, Outcome outcome, long latencyNanos) {
    BreakerPhase current = phase.get();
    boolean needsTime = timed || !(current instanceof Closed);
    report(current, permit, outcome, latencyNanos, needsTime ? ticker.read() : 0, needsTime);
  }

  /** As the other one, for callers who have just read the breaker's ticker. */
  public void report(long permit, Outcome outcome, long latencyNanos, long now) {
    report(phase.get(), permit, outcome, latencyNanos, now, true);
  }

  private void report(
      BreakerPhase current,
      long permit,
      Outcome outcome,
      long latencyNanos,
      long now,
      boolean timeKnown) {
    if ((int) (permit >>> 32) != current.generation()) {
      if (permit != REFUSED) {
        outdated.increment();
      }
    } else if (current instanceof Closed closed) {
      if (outcome == Outcome.SUCCESS || outcome.againstEndpoint()) {
        judge(closed, outcome != Outcome.SUCCESS, latencyNanos > slowerThan, now, timeKnown);
      }
    } else if (current instanceof HalfOpen half) {
      tried(half, (int) permit, outcome, latencyNanos > slowerThan, now);
    }
  }

  private void judge(Closed closed, boolean failed, boolean slow, long now, boolean timeKnown) {
    int marks = (failed ? BreakerWindow.FAILED : 0) | (slow ? BreakerWindow.SLOW : 0);
    long totals = closed.window().record(marks, now);
    String cause = null;
    if (failed) {
      if (closed.inARow().incrementAndGet() >= consecutive) {
        cause = consecutive + " failures in a row";
      }
    } else if (closed.inARow().get() != 0) { // the usual case writes nothing shared
      closed.inARow().set(0);
    }
    if (cause == null && totals != BreakerWindow.NOTHING_NEW && settings.exceeds(totals)) {
      cause = settings.cause(totals);
    }
    if (cause != null) {
      trip(closed, timeKnown ? now : ticker.read(), cause);
    }
  }

  private void trip(Closed closed, long now, String cause) {
    // Tripping again soon after it closed means that it was not well: the doubling goes on.
    long before = closed.afterOpenNanos();
    boolean relapse = before > 0 && now - closed.since() <= before;
    long length = relapse ? settings.longer(before) : settings.firstOpenNanos;
    open(closed, length, now, cause);
  }

  private void open(BreakerPhase from, long length, long now, String cause) {
    long jittered = settings.jitter(length);
    change(from, new Open(from.generation() + 1, now, length, now + jittered), cause);
  }

  private void tried(HalfOpen half, int trial, Outcome outcome, boolean slow, long now) {
    boolean slowIsBad = slow && settings.slowCounts();
    if (outcome == Outcome.SUCCESS && !slowIsBad) {
      if (half.trials().pass(trial)) {
        Closed next = closed(half.generation() + 1, now, half.openNanos());
        change(half, next, "all trials succeeded");
      }
    } else if (half.trials().release(trial)
        && (outcome == Outcome.SUCCESS || outcome.againstEndpoint())) {
      String cause = outcome == Outcome.SUCCESS ? "a trial was slow" : "a trial failed";
      open(half, settings.longer(half.openNanos()), now, cause);
    }
  }

  private Closed closed(int generation, long now, long afterOpenNanos) {
    return new Closed(generation, now, settings.window(), new AtomicInteger(), afterOpenNanos);
  }

  private boolean change(BreakerPhase from, BreakerPhase to, String cause) {
    if (!phase.compareAndSet(from, to)) {
      return false;
    }
    Duration openFor =
        to instanceof Open open ? Duration.ofNanos(open.until() - open.since()) : Duration.ZERO;
    var change = new Change(settings.name, from.state(), to.state(), cause, openFor);
    log.debug("{}", change);
    try {
      settings.listener.onChange(change);
    } catch (RuntimeException e) {
      log.warn("a breaker's listener failed", e);
    }
    return true;
  }

  /** Refuses all calls until {@link #forceClosed} or {@link #reset}. */
  public void forceOpen() {
    force(true);
  }

  /** Admits all calls, and judges none, until {@link #forceOpen} or {@link #reset}. */
  public void forceClosed() {
    force(false);
  }

  private void force(boolean open) {
    BreakerPhase before = phase.get();
    var next = new Forced(before.generation() + 1, ticker.read(), open);
    while (!change(before, next, "an operator said so")) {
      before = phase.get();
      next = new Forced(before.generation() + 1, ticker.read(), open);
    }
  }

  /** Closes the breaker, whatever it was, and forgets what it counted. */
  public void reset() {
    BreakerPhase before = phase.get();
    while (!change(before, closed(before.generation() + 1, ticker.read(), 0), "it was reset")) {
      before = phase.get();
    }
  }

  /**
   * Calls under a permit: returning is success, throwing is failure as {@link
   * FailoverGroup#execute} understands it.
   *
   * @throws OpenException if the breaker refuses
   * @throws Exception what the call throws
   */
  public <R> R call(Callable<R> call) throws Exception {
    long permit = acquireOrThrow();
    long start = ticker.read();
    Outcome outcome = Outcome.CANCELLED; // an Error says nothing of the other side
    try {
      R result = call.call();
      outcome = Outcome.SUCCESS;
      return result;
    } catch (Exception e) {
      outcome = Failures.outcome(e);
      throw e;
    } finally {
      end(permit, outcome, start);
    }
  }

  /**
   * Starts a call under a permit, and reports when its stage ends.
   *
   * @return the call's result or failure; a {@link OpenException} if the breaker refuses
   */
  public <R> CompletableFuture<R> callAsync(Callable<? extends CompletionStage<R>> call) {
    long permit;
    try {
      permit = acquireOrThrow();
    } catch (OpenException e) {
      return CompletableFuture.failedFuture(e);
    }
    long start = ticker.read();
    CompletableFuture<R> called;
    try {
      called = requireNonNull(call.call(), "the call's stage").toCompletableFuture();
    } catch (Throwable e) { // also an Error: the permit must not leak, and the caller must learn
      called = CompletableFuture.failedFuture(e);
    }
    return called.whenComplete((value, failure) -> {
      Outcome outcome =
          failure == null ? Outcome.SUCCESS : Failures.outcome(Failures.unwrap(failure));
      end(permit, outcome, start);
    });
  }

  private long acquireOrThrow() {
    long permit = tryAcquire();
    if (permit == REFUSED) {
      throw new OpenException(settings.name, retryAfter());
    }
    return permit;
  }

  private void end(long permit, Outcome outcome, long start) {
    long now = ticker.read();
    report(permit, outcome, now - start, now);
  }

  /** Returns how long it will refuse yet if it is open, else zero. */
  public Duration retryAfter() {
    long left = phase.get() instanceof Open open ? open.until() - ticker.read() : 0;
    return Duration.ofNanos(Math.max(0, left));
  }

  /** Returns the state. An open breaker whose time is over is open until somebody asks it. */
  public State state() {
    return phase.get().state();
  }

  /**
   * How a breaker stands.
   *
   * @param name its name
   * @param state what it does
   * @param age how long it has done so
   * @param retryAfter how long it will refuse yet, or zero
   * @param calls calls in the window; 0 unless closed
   * @param failureRate the part that failed, 0 to 1; 0 without calls
   * @param slowRate the part that was slow, 0 to 1; 0 without calls
   * @param refused how often it refused
   * @param outdated reports that came after their phase was over
   */
  public record Snapshot(
      String name,
      State state,
      Duration age,
      Duration retryAfter,
      int calls,
      double failureRate,
      double slowRate,
      long refused,
      long outdated) {}

  /** Returns how it stands. */
  public Snapshot snapshot() {
    long now = ticker.read();
    BreakerPhase current = phase.get();
    long totals = current instanceof Closed closed ? closed.window().totals(now) : 0;
    double calls = Math.max(1, BreakerWindow.calls(totals));
    return new Snapshot(
        settings.name,
        current.state(),
        Duration.ofNanos(now - current.since()),
        current instanceof Open open
            ? Duration.ofNanos(Math.max(0, open.until() - now))
            : Duration.ZERO,
        BreakerWindow.calls(totals),
        BreakerWindow.failed(totals) / calls,
        BreakerWindow.slow(totals) / calls,
        refused.sum(),
        outdated.sum());
  }
}
