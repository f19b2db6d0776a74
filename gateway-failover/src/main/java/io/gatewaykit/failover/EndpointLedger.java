// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Lease counters of one endpoint by state and outcome. A superclass rather than a field of {@link
 * EndpointState}, so that a pick among thousands touches one or two cache lines.
 *
 * <p>A lease costs one atomic addition when it starts and one when it succeeds. Thread-safe.
 */
abstract class EndpointLedger {
  private static final VarHandle LEDGER;
  private static final VarHandle FAILURES;
  private static final VarHandle IGNORED;
  private static final VarHandle RETRIES;
  private static final VarHandle PROGRESS;
  private static final VarHandle UNTIMED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      LEDGER = lookup.findVarHandle(EndpointLedger.class, "ledger", long.class);
      FAILURES = lookup.findVarHandle(EndpointLedger.class, "failures", long.class);
      IGNORED = lookup.findVarHandle(EndpointLedger.class, "ignored", long.class);
      RETRIES = lookup.findVarHandle(EndpointLedger.class, "retries", long.class);
      PROGRESS = lookup.findVarHandle(EndpointLedger.class, "progress", long.class);
      UNTIMED = lookup.findVarHandle(EndpointLedger.class, "untimed", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Open leases are counted in the low bits, successes above them. */
  private static final int IN_FLIGHT_BITS = 24;

  private static final long IN_FLIGHT_MASK = (1L << IN_FLIGHT_BITS) - 1;
  private static final long ONE_SUCCESS = 1L << IN_FLIGHT_BITS;

  private long ledger;

  /**
   * The time of the last end of an attempt, start of a response or transition from idle to busy.
   */
  private long progress;

  /** Open leases whose duration is not evaluated: responding, long polls, connections. */
  private int untimed;

  /** Open leases that have exceeded the time limit of an attempt, and have most likely leaked. */
  private volatile int overdue;

  private long failures;
  private long ignored;
  private long retries;

  final void endSuccess() {
    LEDGER.getAndAdd(this, ONE_SUCCESS - 1);
  }

  final void endFailure() {
    LEDGER.getAndAdd(this, -1L);
    FAILURES.getAndAdd(this, 1L);
  }

  /** Records the end of an attempt that is neither a success nor a failure of the endpoint. */
  final void endIgnored() {
    LEDGER.getAndAdd(this, -1L);
    IGNORED.getAndAdd(this, 1L);
  }

  /** Records a sign of life. */
  final void progressed(long now) {
    PROGRESS.setOpaque(this, now);
  }

  /** Returns the time since the last sign of life, in nanoseconds. */
  final long nanosSinceProgress(long now) {
    return now - (long) PROGRESS.getOpaque(this);
  }

  /**
   * Records the start of a lease, unless the limit on leases that wait for a response is reached.
   *
   * @param again whether its request had an earlier attempt
   * @param max the limit; 0: none
   */
  final boolean tryBegin(long now, boolean again, int max) {
    long before = (long) LEDGER.getAndAdd(this, 1L);
    if (max > 0 && busy() > max) {
      LEDGER.getAndAdd(this, -1L);
      return false;
    }
    if (again) {
      RETRIES.getAndAdd(this, 1L);
    }
    if ((before & IN_FLIGHT_MASK) == 0) {
      PROGRESS.setOpaque(this, now);
    }
    return true;
  }

  /** Returns the number of open leases. */
  final int inFlight() {
    return (int) ((long) LEDGER.getOpaque(this) & IN_FLIGHT_MASK);
  }

  final long successes() {
    return (long) LEDGER.getOpaque(this) >>> IN_FLIGHT_BITS;
  }

  final long failures() {
    return (long) FAILURES.getOpaque(this);
  }

  /** Returns the number of leases for retries and hedges. */
  final long retries() {
    return (long) RETRIES.getOpaque(this);
  }

  /**
   * Returns the total number of leases; the counters are read one after the other, not atomically.
   */
  final long picks() {
    long now = (long) LEDGER.getOpaque(this);
    return (now & IN_FLIGHT_MASK)
        + (now >>> IN_FLIGHT_BITS)
        + failures()
        + (long) IGNORED.getOpaque(this);
  }

  /**
   * Excludes a lease from the load and from hang detection: its response has started, or it is a
   * long poll or connection.
   */
  final void startUntimed(long now) {
    int unused = (int) UNTIMED.getAndAdd(this, 1);
    progressed(now);
  }

  /** Records the end of a lease that was passed to {@link #startUntimed}. */
  final void endUntimed() {
    int unused = (int) UNTIMED.getAndAdd(this, -1);
  }

  final int untimedLeases() {
    return (int) UNTIMED.getOpaque(this);
  }

  /** Returns the number of leases that wait for a response and are not overdue. */
  final int busy() {
    return Math.max(0, inFlight() - (int) UNTIMED.getOpaque(this) - overdue);
  }

  /** Returns the number of open leases, except overdue ones. */
  final int openLeases() {
    return Math.max(0, inFlight() - overdue);
  }

  /** Returns the number of leases that have exceeded the time limit of an attempt. */
  final int overdue() {
    return overdue;
  }

  /**
   * Detects overdue leases: leases that are not long-lived are open, but none has ended for longer
   * than an attempt may take. They would otherwise count as load of the endpoint, and occupy the
   * capacity of its line, forever. Called once a second.
   *
   * @param perTryNanos the time limit of an attempt
   * @return whether their number has increased
   */
  final boolean findOverdue(long now, long perTryNanos) {
    int before = overdue;
    int waiting = Math.max(0, inFlight() - (int) UNTIMED.getOpaque(this));
    boolean silent = nanosSinceProgress(now) > perTryNanos;
    int found = silent ? waiting : Math.min(before, waiting);
    if (found != before) {
      overdue = found;
    }
    return found > before;
  }
}
