package io.gatewaykit.healthcheck;

import org.jspecify.annotations.Nullable;

/**
 * A hashed timing wheel: arming and cancelling are O(1) and allocate nothing, since the timers are
 * themselves the links (Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", 1987). With
 * two timers for each of ten thousand targets a heap would pay a logarithm and an object per arm.
 * Timers fire up to one tick late, never early. For one thread.
 */
@SuppressWarnings("ReferenceEquality") // links are compared by identity
final class TimerWheel {
  static final long TICK_NANOS = 5_000_000; // so that one wake-up serves a batch of probes
  private static final int SLOTS = 2_048; // one turn is 10.24 s

  /** Something to do at a time; in at most one slot. */
  abstract static class Timer {
    private @Nullable Timer previous;
    private @Nullable Timer next;
    private boolean armed;
    private long at;

    /** Called once its time has come; it may be armed again from here. */
    abstract void due(long now);

    boolean isArmed() {
      return armed;
    }

    /** The time it is, or last was, armed for. */
    long at() {
      return at;
    }
  }

  private final Timer[] heads = new Timer[SLOTS];
  private final Timer dueNow = new Head();
  private final long origin;

  /** The next tick to look at; all before it are done. */
  private long tick;

  /** Whether timers run now, and the slot of {@link #tick} will not be looked at again. */
  private boolean firing;

  private int size;

  TimerWheel(long now) {
    origin = now;
    for (int i = 0; i < SLOTS; i++) {
      heads[i] = new Head();
    }
  }

  /** The fixed end of a circular list. */
  private static final class Head extends Timer {
    Head() {
      link(this, this);
    }

    @Override
    void due(long now) {
      throw new AssertionError("a head is never due");
    }
  }

  int size() {
    return size;
  }

  /** Arms the timer for a time, in place of any it was armed for. */
  void arm(Timer timer, long at) {
    cancel(timer);
    timer.at = at;
    timer.armed = true;
    size++;
    // What is armed late, while others fire, must not go where this turn has been already.
    long earliest = firing ? tick + 1 : tick;
    append(heads[slot(Math.max(earliest, tickOf(at)))], timer);
  }

  void cancel(Timer timer) {
    if (timer.armed) {
      timer.armed = false;
      size--;
      unlink(timer);
    }
  }

  /**
   * Fires all timers whose time has come. After a pause longer than a turn every slot is looked at
   * once, so time lost costs no more than one turn.
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
   * Moves what is due aside before any of it runs, so that a timer may arm and cancel itself and
   * others, even those of this slot.
   */
  private void fireSlot(Timer head, long now) {
    for (Timer timer = requireLinked(head.next); timer != head; ) {
      Timer following = requireLinked(timer.next);
      if (timer.at - now <= 0) { // times wrap: only differences may be compared
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

  /** How long until something may be due, in nanoseconds; {@link Long#MAX_VALUE} if nothing is. */
  long untilNext(long now) {
    if (size == 0) {
      return Long.MAX_VALUE;
    }
    if (dueNow.next != dueNow) {
      return 0; // one of them threw, and the rest wait for the next look
    }
    for (long ahead = tick; ahead < tick + SLOTS; ahead++) {
      Timer head = heads[slot(ahead)];
      if (head.next != head) {
        return Math.max(0, origin + (ahead + 1) * TICK_NANOS - now);
      }
    }
    throw new AssertionError("timers armed, but in no slot");
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
      throw new IllegalStateException("a timer is not linked: used by two threads?");
    }
    return timer;
  }
}
