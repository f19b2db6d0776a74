package io.gatewaykit.ratelimit;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One plan of a leaky bucket and its word, the TAT. To change the plan, the word is frozen and a
 * successor takes its place; whoever finds the word frozen goes on with the successor, so plan and
 * word change in one step and nobody waits.
 */
final class LeakyBucketState {
  /** A TAT that cannot occur, see {@link #horizon}. */
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

  /** How far from the origin, either way, this state serves, in nanoseconds. */
  final long horizon;

  /**
   * The most by which the TAT can be ahead of now unless the clock went back: what the fullest
   * bucket holds, or the backlog brought along from an earlier, wider plan. A TAT further ahead is
   * cut to it, so that a step back neither drains the bucket nor blocks it for longer than that.
   */
  final long ceiling;

  /** After how long without backlog this state is to be replaced by a cold one, in units. */
  final long cooling;

  /** What was given back so far by requests that others had already queued behind. */
  final AtomicLong refunded = new AtomicLong();

  /** Written before the word is frozen, and then for the last time. */
  volatile @Nullable LeakyBucketState successor;

  /**
   * Read before the clock is, so that no writer's time is later than the reader's. Guards nothing
   * but itself: compare-and-set is all the ordering it needs.
   */
  private volatile long tat;

  /**
   * Creates a state that serves from the given reading on.
   *
   * @param horizon for how long, in nanoseconds; cut so that no time is beyond 2<sup>61</sup>
   *     units, and no difference can overflow
   * @param idle after how long without backlog to be replaced, in nanoseconds
   */
  LeakyBucketState(Gcra gcra, long origin, long tat, long ceiling, long horizon, long idle) {
    this.gcra = gcra;
    this.origin = origin;
    long longest = Long.MAX_VALUE >> (gcra.shift + 2);
    this.horizon = Math.min(horizon, longest);
    this.cooling = gcra.units(Math.min(idle, longest));
    this.ceiling = Math.max(gcra.fullest, ceiling);
    this.tat = tat;
  }

  long tat() {
    return tat;
  }

  boolean replace(long seen, long next) {
    return TAT.compareAndSet(this, seen, next);
  }

  boolean serves(long elapsed) {
    return elapsed <= horizon && elapsed >= -horizon;
  }

  /** Whether the TAT, {@code ahead} of now, is neither impossibly far ahead nor gone cold. */
  boolean isUsual(long ahead) {
    return ahead <= ceiling && ahead >= -cooling;
  }

  /** Returns the backlog of a TAT that is {@code ahead} of now. */
  long backlog(long ahead) {
    return Math.max(0, Math.min(ahead, ceiling));
  }

  /** Returns this state's time at a reading, or the nearest one it can tell. */
  long time(long reading) {
    return gcra.units(Math.max(-horizon, Math.min(reading - origin, horizon)));
  }
}
