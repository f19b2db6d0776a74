// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * One limit of a leaky bucket and its word, the TAT. To change the limit, the word is frozen and a
 * successor is installed. A thread that finds the word frozen continues with the successor, so
 * limit and word change atomically without blocking.
 */
final class LeakyBucketState {
  /** An impossible TAT, see {@link #range}. */
  static final long FROZEN = Long.MIN_VALUE;

  private static final VarHandle TAT;

  static {
    try {
      TAT = MethodHandles.lookup().findVarHandle(LeakyBucketState.class, "tat", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final Gcra gcra;

  /** The ticker's reading at which this state's time is 0. */
  final long origin;

  /** The range of this state around its origin, in nanoseconds, in both directions. */
  final long range;

  /**
   * The largest lead of the TAT over the current time, unless the clock went back: the largest
   * backlog of the limit, one transferred from an earlier, wider limit, or a debt that was charged.
   * A TAT further ahead is reduced to it, so that a clock step backwards neither drains the bucket
   * nor blocks it for longer.
   *
   * <p>Raised before the TAT is, so a thread that reads such a TAT reads the raised ceiling, too.
   */
  private long ceiling;

  /** The idle time after which this state is replaced by a cold one, in units. */
  final long coldAfter;

  /** Written before the word is frozen; not changed afterwards. */
  volatile @Nullable LeakyBucketState successor;

  /**
   * Read before the clock, so that no writer's time is later than the reader's. Publishes no other
   * data, so compare-and-set provides sufficient ordering.
   */
  private volatile long tat;

  /**
   * Creates a state that is valid from the given reading on.
   *
   * @param range the range, in nanoseconds; reduced so that no time exceeds 2<sup>61</sup> units,
   *     and no difference can overflow
   * @param idle the idle time before replacement, in nanoseconds
   */
  LeakyBucketState(Gcra gcra, long origin, long tat, long ceiling, long range, long idle) {
    this.gcra = gcra;
    this.origin = origin;
    long longest = Long.MAX_VALUE >> (gcra.shift + 2);
    this.range = Math.min(range, longest);
    this.coldAfter = gcra.units(Math.min(idle, longest));
    this.ceiling = Math.max(gcra.maxBacklog, ceiling);
    this.tat = tat;
  }

  long tat() {
    return tat;
  }

  boolean replace(long seen, long next) {
    return TAT.compareAndSet(this, seen, next);
  }

  long ceiling() {
    return ceiling;
  }

  /**
   * Raises the ceiling for a debt before it is booked. The ceiling of earlier debts is lowered if
   * they are repaid. Guarded by the bucket.
   */
  void raiseCeiling(long backlog, long next) {
    if (next > ceiling || backlog <= gcra.maxBacklog) {
      ceiling = Math.max(gcra.maxBacklog, next);
    }
  }

  boolean covers(long elapsed) {
    return elapsed <= range && elapsed >= -range;
  }

  /** Returns whether a lead of the TAT is plausible, and not that of a cold bucket. */
  boolean isPlausible(long untilTat) {
    return untilTat <= ceiling && untilTat >= -coldAfter;
  }

  /** Returns the backlog of a TAT that is {@code ahead} of now. */
  long backlog(long untilTat) {
    return Math.max(0, Math.min(untilTat, ceiling));
  }

  /** Returns this state's time at a reading, clamped to its range. */
  long time(long reading) {
    return gcra.units(Math.max(-range, Math.min(reading - origin, range)));
  }
}
