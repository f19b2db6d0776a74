// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.breaker.CircuitBreaker;

/** Selects an endpoint within one line and starts the lease on both. */
final class LineSelector {
  private LineSelector() {}

  /** The conditions that an attempt in a line must meet; each mode drops one more. */
  enum Mode {
    /** The line has capacity, and line and endpoint admit the request. */
    ADMITTING,
    /** The line has capacity. */
    REGARDLESS,
    /** Line and endpoint admit the request, though the line is full. */
    FULL,
    /** None, except that the endpoint is not being drained. */
    ANY;

    boolean admitting() {
      return this == ADMITTING || this == FULL;
    }

    boolean force() {
      return this == FULL || this == ANY;
    }
  }

  /**
   * Selects an untried endpoint of a line, records it and starts a lease; false if none meets the
   * conditions of the mode.
   */
  static <T> boolean select(
      LinePool<T> pool, SelectContext context, Choice<T> choice, long now, Mode mode) {
    if (pool.eligible == 0 && mode != Mode.ANY || !enter(pool, context, now, mode.force())) {
      return false;
    }
    long linePermit = BreakerPermits.tryAcquire(pool.line.breaker, now);
    if (linePermit == CircuitBreaker.REJECTED && mode.admitting()) {
      leave(pool, context);
      return false;
    }
    while (true) {
      choice.permit = CircuitBreaker.REJECTED;
      EndpointState<T> state =
          mode.admitting()
              ? pool.pickAdmitting(context, choice, now)
              : pool.pickRegardless(context, choice, now);
      if (state == null && mode == Mode.ANY) {
        state = pool.pickUnlessDrained(context, now);
      }
      if (state == null) {
        return releaseLine(pool, context, linePermit, now);
      }
      if (startLease(pool, state, context, choice, linePermit, now)) {
        return true;
      }
    }
  }

  /** Selects a given endpoint of a line, unless the line is full or one of them rejects it. */
  static <T> boolean selectEndpoint(
      LinePool<T> pool, EndpointState<T> state, SelectContext context, Choice<T> choice, long now) {
    if (!enter(pool, context, now, false)) {
      return false;
    }
    long linePermit = BreakerPermits.tryAcquire(pool.line.breaker, now);
    choice.permit =
        linePermit == CircuitBreaker.REJECTED
            ? CircuitBreaker.REJECTED
            : state.admit(EndpointState.HARD, now);
    if (choice.permit == CircuitBreaker.REJECTED) {
      return releaseLine(pool, context, linePermit, now);
    }
    return startLease(pool, state, context, choice, linePermit, now)
        || releaseLine(pool, context, linePermit, now);
  }

  /** Takes a slot and the cost of an attempt from the capacity and the budget of a line. */
  private static <T> boolean enter(
      LinePool<T> pool, SelectContext context, long now, boolean force) {
    if (!pool.line.enter(force)) {
      return false;
    }
    if (!pool.line.tryTake(context.cost(), now, force)) {
      pool.line.leave();
      return false;
    }
    return true;
  }

  private static <T> void leave(LinePool<T> pool, SelectContext context) {
    pool.line.refund(context.cost());
    pool.line.leave();
  }

  /** Releases the line's permit, slot and cost when none of its endpoints is available. */
  private static <T> boolean releaseLine(
      LinePool<T> pool, SelectContext context, long linePermit, long now) {
    pool.line.report(linePermit, Outcome.CANCELLED, 0, now);
    leave(pool, context);
    return false;
  }

  /** Starts a lease; false if another thread has taken the endpoint's last slot concurrently. */
  private static <T> boolean startLease(
      LinePool<T> pool,
      EndpointState<T> state,
      SelectContext context,
      Choice<T> choice,
      long linePermit,
      long now) {
    if (!state.tryBegin(now, context.attempts() > 0)) {
      state.report(choice.permit, Outcome.CANCELLED, 0, now);
      context.exclude(state);
      return false;
    }
    context.tried(pool.line, state);
    choice.set(pool.line, state, linePermit);
    return true;
  }
}
