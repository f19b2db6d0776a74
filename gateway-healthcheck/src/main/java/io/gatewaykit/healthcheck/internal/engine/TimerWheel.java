// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.engine;

import org.jspecify.annotations.Nullable;

/**
 * A hashed timing wheel [1]: arming and cancelling are O(1) and do not allocate, since the timers
 * themselves are the links. With two timers for each of ten thousand targets, a heap would cost a
 * logarithm and an object per arm. Timers fire up to one tick late, never early. Not thread-safe.
 *
 * <ol>
 *   <li>G. Varghese and A. Lauck, "Hashed and Hierarchical Timing Wheels", SOSP 1987
 * </ol>
 */
@SuppressWarnings("ReferenceEquality") // links are compared by identity
public final class TimerWheel {
  static final long TICK_NANOS = 5_000_000; // so that one wake-up serves a batch of probes
  private static final int SLOTS = 2_048; // one revolution takes 10.24 s

  /** A task for a given time, linked into at most one slot. */
  public abstract static class Timer {
    private @Nullable Timer previous;
    private @Nullable Timer next;
    private boolean armed;
    private long at;

    /** Called when the time has elapsed; may arm the timer again. */
    public abstract void due(long now);

    public boolean isArmed() {
      return armed;
    }

    /** Returns the time for which the timer is, or was last, armed. */
    public long at() {
      return at;
    }
  }

  private final Timer[] heads = new Timer[SLOTS];
  private final Timer dueNow = new Head();
  private final long origin;

  /** The next tick to process; all earlier ones are done. */
  private long tick;

  /** Whether timers are firing; the slot of {@link #tick} is then not processed again. */
  private boolean firing;

  private int size;

  TimerWheel(long now) {
    origin = now;
    for (int i = 0; i < SLOTS; i++) {
      heads[i] = new Head();
    }
  }

  /** The sentinel of a circular list. */
  private static final class Head extends Timer {
    Head() {
      link(this, this);
    }

    @Override
    public void due(long now) {
      throw new AssertionError("a head is never due");
    }
  }

  public int size() {
    return size;
  }

  /** Arms the timer, replacing any earlier time. */
  public void arm(Timer timer, long at) {
    cancel(timer);
    timer.at = at;
    timer.armed = true;
    size++;
    // While timers fire, an overdue timer must not be inserted into a slot already processed.
    long earliest = firing ? tick + 1 : tick;
    append(heads[slot(Math.max(earliest, tickOf(at)))], timer);
  }

  public void cancel(Timer timer) {
    if (timer.armed) {
      timer.armed = false;
      size--;
      unlink(timer);
    }
  }

  /**
   * Fires all timers whose time has elapsed. After a pause longer than a revolution each slot is
   * processed once, so a pause costs at most one revolution.
   */
  void advance(long now) {
    long last = Math.floorDiv(now - origin, TICK_NANOS);
    long from = Math.max(tick, last - SLOTS + 1);
    firing = true;
    try {
      for (tick = from; tick <= last; tick++) {
        fireSlot(heads[slot(tick)], now);
      }
    } finally {
      firing = false;
    }
    tick = Math.max(from, last);
  }

  /**
   * Unlinks the due timers before any of them runs, so that a timer may arm and cancel itself and
   * others, including those of this slot.
   */
  private void fireSlot(Timer head, long now) {
    for (Timer timer = requireLinked(head.next); timer != head; ) {
      Timer following = requireLinked(timer.next);
      if (timer.at - now <= 0) { // times wrap: compare differences only
        unlink(timer);
        append(dueNow, timer);
      }
      timer = following;
    }
    for (Timer timer = dueNow.next; timer != null && timer != dueNow; timer = dueNow.next) {
      cancel(timer);
      timer.due(now);
    }
  }

  /** Returns the nanoseconds until the next timer may be due; {@link Long#MAX_VALUE} if unarmed. */
  long untilNext(long now) {
    if (size == 0) {
      return Long.MAX_VALUE;
    }
    if (dueNow.next != dueNow) {
      return 0; // a timer threw an exception: the remaining ones fire on the next call
    }
    for (long ahead = tick; ahead < tick + SLOTS; ahead++) {
      Timer head = heads[slot(ahead)];
      if (head.next != head) {
        return Math.max(0, origin + (ahead + 1) * TICK_NANOS - now);
      }
    }
    throw new AssertionError("timers are armed, but in no slot");
  }

  private long tickOf(long at) {
    return Math.floorDiv(at - origin, TICK_NANOS);
  }

  private static int slot(long tick) {
    return (int) (tick & (SLOTS - 1));
  }

  private static void append(Timer head, Timer timer) {
    link(requireLinked(head.previous), timer);
    link(timer, head);
  }

  private static void unlink(Timer timer) {
    link(requireLinked(timer.previous), requireLinked(timer.next));
    timer.previous = null;
    timer.next = null;
  }

  private static void link(Timer before, Timer after) {
    before.next = after;
    after.previous = before;
  }

  private static Timer requireLinked(@Nullable Timer timer) {
    if (timer == null) {
      throw new IllegalStateException("timer is not linked (expected: use by one thread)");
    }
    return timer;
  }
}
