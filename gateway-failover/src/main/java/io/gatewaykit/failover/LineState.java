// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.GroupSnapshot.LineRole;
import io.gatewaykit.failover.breaker.CircuitBreaker;
import io.gatewaykit.failover.internal.line.LineBudget;
import io.gatewaykit.failover.internal.line.LineCourse;
import io.gatewaykit.failover.internal.line.LineLoss;
import io.gatewaykit.failover.internal.line.LineSpeed;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The state of a line that survives updates of the topology: its role with start and cause, its
 * failback state, its latency and, if needed, the number of open leases.
 *
 * <p>A line's circuit breaker excludes the line with {@link #veto}; {@link
 * EndpointSelector#markStale()} makes the change effective.
 */
final class LineState<T> {
  final StateHistory<LineRole> role;
  final LineCourse course;
  final LineSpeed speed = new LineSpeed();
  final LineLoss loss = new LineLoss();

  /** Whether open leases are counted, as required by a capacity limit or bounded-load hashing. */
  final boolean counted;

  volatile Line<T> line;

  /** Set once, before any pick can see this line. */
  @Nullable CircuitBreaker breaker;

  final HedgeDelay hedgeDelay = new HedgeDelay();

  private final LineBudget budget = new LineBudget();
  private final AtomicInteger open = new AtomicInteger();

  /** Leases that have most likely leaked, and do not count towards the capacity. */
  private volatile int overdue;

  private volatile boolean vetoed;
  private volatile boolean forcedOut;

  LineState(Line<T> line, boolean counted, LineCourse course, StateHistory<LineRole> role) {
    this.line = line;
    this.counted = counted;
    this.course = course;
    this.role = role;
  }

  /** Excludes the line or includes it again; returns whether that changed its state. */
  boolean veto(boolean excluded) {
    boolean before = vetoed;
    vetoed = excluded;
    return before != excluded;
  }

  boolean vetoed() {
    return vetoed;
  }

  /** Sets whether an operator has excluded the line, which also applies in panic mode. */
  boolean forceOut(boolean out) {
    boolean before = forcedOut;
    forcedOut = out;
    return before != out;
  }

  boolean forcedOut() {
    return forcedOut;
  }

  /** Reports the outcome of an attempt to the circuit breaker of the line, if it has one. */
  void report(long permit, Outcome outcome, long latencyNanos, long now) {
    BreakerPermits.report(breaker, permit, outcome, latencyNanos, now);
  }

  /** Acquires a slot for a lease; false if the line is full and {@code force} is not set. */
  boolean enter(boolean force) {
    if (!counted) {
      return true;
    }
    int capacity = line.capacity();
    if (open.incrementAndGet() - overdue <= capacity || capacity == 0 || force) {
      return true;
    }
    open.decrementAndGet();
    return false;
  }

  /** Takes the cost of an attempt from the budget; false if it is exhausted. */
  boolean tryTake(long cost, long now, boolean force) {
    long perSecond = line.traffic().budget();
    return perSecond == 0 || budget.tryTake(cost, perSecond, now, force);
  }

  /** Refunds the cost of an attempt that did not start. */
  void refund(long cost) {
    long perSecond = line.traffic().budget();
    if (perSecond > 0) {
      budget.refund(cost, perSecond);
    }
  }

  /** Takes a cost that is known only after the start of an attempt. */
  void charge(long cost, long now) {
    long perSecond = line.traffic().budget();
    if (perSecond > 0) {
      budget.charge(cost, perSecond, now);
    }
  }

  boolean isBudgetExhausted(long now) {
    return line.traffic().budget() > 0 && budget.isExhausted(now);
  }

  void leave() {
    if (counted) {
      open.decrementAndGet();
    }
  }

  /** Excludes this number of overdue leases from the capacity. */
  void overdue(int leases) {
    overdue = leases;
  }

  /** Returns the number of open leases, except overdue ones. */
  int open() {
    return Math.max(0, open.get() - overdue);
  }
}
