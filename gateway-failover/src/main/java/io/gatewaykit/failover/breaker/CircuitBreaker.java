// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.breaker;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.breaker.BreakerPhase.Closed;
import io.gatewaykit.failover.breaker.BreakerPhase.Forced;
import io.gatewaykit.failover.breaker.BreakerPhase.HalfOpen;
import io.gatewaykit.failover.breaker.BreakerPhase.Open;
import io.gatewaykit.failover.internal.window.CallWindow;
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
 * A circuit breaker: rejects calls to a failing dependency, and periodically admits a few trial
 * calls to detect recovery.
 *
 * <p>While <em>closed</em>, it trips on consecutive failures, on the failure rate or on the rate of
 * slow calls, whichever threshold is reached first; both rates are measured over a window of recent
 * calls. While <em>open</em>, it rejects all calls. The open period is initially one second by
 * default, doubles while the dependency fails to recover, and is jittered so that many instances do
 * not retry in unison. While <em>half-open</em>, it admits a fixed number of trial calls. It closes
 * when all of them have succeeded, and reopens when the first one fails or is slow.
 *
 * <p>Each admitted call holds a permit, which the caller passes back with the outcome. A permit
 * identifies the phase in which it was issued, so the result of a call from an earlier phase is
 * ignored. A trial that is never reported is released after a time limit. A lost or late report can
 * therefore neither block the breaker nor close it.
 *
 * <pre>{@code
 * long permit = breaker.tryAcquire();
 * if (permit == CircuitBreaker.REJECTED) {
 *   return fallback();
 * }
 * ...
 * breaker.report(permit, Outcome.SUCCESS, latencyNanos);
 * }</pre>
 *
 * <p>Only {@linkplain Outcome#againstEndpoint() endpoint failures} count as failures. A call that
 * was cancelled, rejected locally, or rejected by a busy endpoint releases its permit and is not
 * recorded.
 *
 * <p>Thread-safe and lock-free. Acquiring and reporting do not allocate. The breaker has no thread:
 * an elapsed open period takes effect on the next call. It uses elapsed time only, so changes of
 * the wall clock have no effect.
 */
public final class CircuitBreaker {
  /** Returned by {@link #tryAcquire} if the call is rejected. */
  public static final long REJECTED = 0;

  private static final Logger log = LoggerFactory.getLogger(CircuitBreaker.class);

  private final BreakerSettings settings;
  private final Ticker ticker;
  private final boolean windowNeedsTime;
  private final long slowCallNanos;
  private final int maxConsecutiveFailures;
  private final LongAdder rejectedCalls = new LongAdder();
  private final LongAdder outdatedReports = new LongAdder();

  /**
   * The current phase. Replaced by compare-and-set, always with one of a higher generation. All
   * counters belong to the phase object, so a thread that still holds an old phase cannot modify
   * the new one.
   */
  private final AtomicReference<BreakerPhase> phase;

  CircuitBreaker(BreakerSettings settings) {
    this.settings = settings;
    ticker = settings.ticker();
    slowCallNanos = settings.slowCallNanos();
    maxConsecutiveFailures = settings.maxConsecutiveFailures();
    Closed first = newClosed(1, ticker.read(), 0);
    windowNeedsTime = first.window().needsTime();
    phase = new AtomicReference<>(first);
  }

  /** Returns a new builder. */
  public static CircuitBreakerBuilder builder() {
    return new CircuitBreakerBuilder();
  }

  /**
   * Tries to acquire a permit.
   *
   * @return a permit, which must be passed to {@link #report} once, or {@link #REJECTED}
   */
  public long tryAcquire() {
    BreakerPhase current = phase.get();
    if (current instanceof Closed) {
      return newPermit(current.generation(), 0); // fast path: does not read the clock
    }
    return tryAcquire(current, ticker.read());
  }

  /** Equivalent to {@link #tryAcquire()}, given a recent reading of the breaker's ticker. */
  public long tryAcquire(long now) {
    return tryAcquire(phase.get(), now);
  }

  private long tryAcquire(BreakerPhase seen, long now) {
    BreakerPhase current = seen;
    while (true) {
      if (current instanceof Open open && now - open.until() >= 0) {
        HalfOpenTrials trials = settings.newTrials(now);
        var next = new HalfOpen(open.generation() + 1, now, trials, open.openNanos());
        current = transition(open, next, "open period elapsed") ? next : phase.get();
      } else if (current instanceof HalfOpen halfOpen) {
        int trial = halfOpen.trials().tryAcquire(now);
        return trial == HalfOpenTrials.NONE ? reject() : newPermit(halfOpen.generation(), trial);
      } else if (rejectsAll(current)) {
        return reject();
      } else {
        return newPermit(current.generation(), 0);
      }
    }
  }

  private static boolean rejectsAll(BreakerPhase current) {
    return current instanceof Open || current instanceof Forced forced && forced.open();
  }

  private long reject() {
    rejectedCalls.increment();
    return REJECTED;
  }

  private static long newPermit(int generation, int trial) {
    return (long) generation << 32 | trial;
  }

  /** Returns whether {@link #tryAcquire(long)} would succeed, without acquiring a permit. */
  public boolean wouldAdmit(long now) {
    BreakerPhase current = phase.get();
    if (current instanceof Closed) {
      return true;
    }
    if (current instanceof Open open) {
      return now - open.until() >= 0;
    }
    return current instanceof HalfOpen halfOpen
        ? halfOpen.trials().hasFree(now)
        : !rejectsAll(current);
  }

  /** Returns whether all calls are rejected; false once the open period has elapsed. */
  public boolean isOpen(long now) {
    BreakerPhase current = phase.get();
    return rejectsAll(current) && !(current instanceof Open open && now - open.until() >= 0);
  }

  /**
   * Returns the rest of the open period in nanoseconds; zero unless {@link
   * CircuitBreakerState#OPEN}.
   */
  public long openNanos(long now) {
    return phase.get() instanceof Open open ? Math.max(0, open.until() - now) : 0;
  }

  /**
   * Reports the outcome of a call. Has no effect if the permit belongs to an earlier phase, or to a
   * trial that has timed out and was reassigned.
   *
   * @param permit the value returned by {@link #tryAcquire}; {@link #REJECTED} is ignored
   * @param latencyNanos the duration of the call in nanoseconds
   */
  public void report(long permit, Outcome outcome, long latencyNanos) {
    BreakerPhase current = phase.get();
    boolean needsNow = windowNeedsTime || !(current instanceof Closed);
    report(current, permit, outcome, latencyNanos, needsNow ? ticker.read() : 0, needsNow);
  }

  /** Equivalent to {@link #report(long, Outcome, long)}, given a recent ticker reading. */
  public void report(long permit, Outcome outcome, long latencyNanos, long now) {
    report(phase.get(), permit, outcome, latencyNanos, now, true);
  }

  private void report(
      BreakerPhase current,
      long permit,
      Outcome outcome,
      long latencyNanos,
      long now,
      boolean nowKnown) {
    if ((int) (permit >>> 32) != current.generation()) {
      if (permit != REJECTED) {
        outdatedReports.increment();
      }
    } else if (current instanceof Closed closed) {
      if (outcome == Outcome.SUCCESS || outcome.againstEndpoint()) {
        recordCall(closed, outcome != Outcome.SUCCESS, latencyNanos > slowCallNanos, now, nowKnown);
      }
    } else if (current instanceof HalfOpen halfOpen) {
      recordTrial(halfOpen, (int) permit, outcome, latencyNanos > slowCallNanos, now);
    }
  }

  private void recordCall(Closed closed, boolean failed, boolean slow, long now, boolean nowKnown) {
    int flags = (failed ? CallWindow.FAILED : 0) | (slow ? CallWindow.SLOW : 0);
    long totals = closed.window().record(flags, now);
    String cause = null;
    if (failed) {
      if (closed.consecutiveFailures().incrementAndGet() >= maxConsecutiveFailures) {
        cause = maxConsecutiveFailures + " consecutive failures";
      }
    } else if (closed.consecutiveFailures().get() != 0) { // fast path: no shared write
      closed.consecutiveFailures().set(0);
    }
    if (cause == null && totals != CallWindow.UNCHANGED && settings.exceedsThreshold(totals)) {
      cause = settings.cause(totals);
    }
    if (cause != null) {
      trip(closed, nowKnown ? now : ticker.read(), cause);
    }
  }

  private void trip(Closed closed, long now, String cause) {
    // Tripping soon after closing means that the dependency has not recovered: continue doubling.
    long previous = closed.previousOpenNanos();
    boolean relapse = previous > 0 && now - closed.since() <= previous;
    long openNanos = relapse ? settings.nextOpenNanos(previous) : settings.initialOpenNanos();
    open(closed, openNanos, now, cause);
  }

  private void open(BreakerPhase from, long openNanos, long now, String cause) {
    long jitteredNanos = settings.jitter(openNanos);
    transition(from, new Open(from.generation() + 1, now, openNanos, now + jitteredNanos), cause);
  }

  private void recordTrial(HalfOpen halfOpen, int trial, Outcome outcome, boolean slow, long now) {
    boolean tooSlow = slow && settings.hasSlowCallThreshold();
    if (outcome == Outcome.SUCCESS && !tooSlow) {
      if (halfOpen.trials().recordSuccess(trial)) {
        Closed next = newClosed(halfOpen.generation() + 1, now, halfOpen.openNanos());
        transition(halfOpen, next, "all trial calls succeeded");
      }
    } else if (halfOpen.trials().release(trial)
        && (outcome == Outcome.SUCCESS || outcome.againstEndpoint())) {
      String cause = outcome == Outcome.SUCCESS ? "trial call was slow" : "trial call failed";
      open(halfOpen, settings.nextOpenNanos(halfOpen.openNanos()), now, cause);
    }
  }

  private Closed newClosed(int generation, long now, long previousOpenNanos) {
    return new Closed(
        generation, now, settings.newWindow(), new AtomicInteger(), previousOpenNanos);
  }

  private boolean transition(BreakerPhase from, BreakerPhase to, String cause) {
    if (!phase.compareAndSet(from, to)) {
      return false;
    }
    Duration openFor =
        to instanceof Open open ? Duration.ofNanos(open.until() - open.since()) : Duration.ZERO;
    var event = new CircuitBreakerEvent(settings.name(), from.state(), to.state(), cause, openFor);
    log.debug(
        "circuit breaker {}: changed from {} to {} ({})",
        settings.name(),
        from.state(),
        to.state(),
        cause);
    try {
      settings.listener().onChange(event);
    } catch (RuntimeException e) {
      log.warn("circuit breaker listener threw an exception", e);
    }
    return true;
  }

  /** Rejects all calls until {@link #forceClosed} or {@link #reset}. */
  public void forceOpen() {
    force(true);
  }

  /** Admits all calls and records none until {@link #forceOpen} or {@link #reset}. */
  public void forceClosed() {
    force(false);
  }

  private void force(boolean open) {
    BreakerPhase before = phase.get();
    var next = new Forced(before.generation() + 1, ticker.read(), open);
    while (!transition(before, next, "forced by an operator")) {
      before = phase.get();
      next = new Forced(before.generation() + 1, ticker.read(), open);
    }
  }

  /** Closes the breaker from any state and clears its counters. */
  public void reset() {
    BreakerPhase before = phase.get();
    while (!transition(before, newClosed(before.generation() + 1, ticker.read(), 0), "reset")) {
      before = phase.get();
    }
  }

  /**
   * Executes a call under a permit. A normal return is a success; exceptions are classified by
   * {@link Outcome#of}.
   *
   * @throws CircuitBreakerOpenException if the breaker rejects the call
   * @throws Exception if the call throws it
   */
  public <R> R call(Callable<R> call) throws Exception {
    long permit = acquireOrThrow();
    long start = ticker.read();
    Outcome outcome = Outcome.CANCELLED; // an Error does not count against the dependency
    try {
      R result = call.call();
      outcome = Outcome.SUCCESS;
      return result;
    } catch (Exception e) {
      outcome = Outcome.of(e);
      throw e;
    } finally {
      reportCompletion(permit, outcome, start);
    }
  }

  /**
   * Starts an asynchronous call under a permit and reports its outcome when the stage completes.
   *
   * @return the result of the call; fails with {@link CircuitBreakerOpenException} if the breaker
   *     rejects it
   */
  public <R> CompletableFuture<R> callAsync(Callable<? extends CompletionStage<R>> call) {
    long permit;
    try {
      permit = acquireOrThrow();
    } catch (CircuitBreakerOpenException e) {
      return CompletableFuture.failedFuture(e);
    }
    long start = ticker.read();
    CompletableFuture<R> future;
    try {
      future = requireNonNull(call.call(), "stage returned by call").toCompletableFuture();
    } catch (Throwable e) { // including Error: report it, or the permit leaks
      future = CompletableFuture.failedFuture(e);
    }
    return future.whenComplete((value, failure) -> {
      Outcome outcome = failure == null ? Outcome.SUCCESS : Outcome.of(failure);
      reportCompletion(permit, outcome, start);
    });
  }

  private long acquireOrThrow() {
    long permit = tryAcquire();
    if (permit == REJECTED) {
      throw new CircuitBreakerOpenException(settings.name(), retryAfter());
    }
    return permit;
  }

  private void reportCompletion(long permit, Outcome outcome, long start) {
    long now = ticker.read();
    report(permit, outcome, now - start, now);
  }

  /** Returns the rest of the open period; zero unless {@link CircuitBreakerState#OPEN}. */
  public Duration retryAfter() {
    long remaining = phase.get() instanceof Open open ? open.until() - ticker.read() : 0;
    return Duration.ofNanos(Math.max(0, remaining));
  }

  /** Returns the state. An elapsed open period takes effect on the next call only. */
  public CircuitBreakerState state() {
    return phase.get().state();
  }

  /** Returns a snapshot. */
  public CircuitBreakerSnapshot snapshot() {
    long now = ticker.read();
    BreakerPhase current = phase.get();
    long totals = current instanceof Closed closed ? closed.window().totals(now) : 0;
    double calls = Math.max(1, CallWindow.calls(totals));
    return new CircuitBreakerSnapshot(
        settings.name(),
        current.state(),
        Duration.ofNanos(now - current.since()),
        current instanceof Open open
            ? Duration.ofNanos(Math.max(0, open.until() - now))
            : Duration.ZERO,
        CallWindow.calls(totals),
        CallWindow.failed(totals) / calls,
        CallWindow.slow(totals) / calls,
        rejectedCalls.sum(),
        outdatedReports.sum());
  }
}
