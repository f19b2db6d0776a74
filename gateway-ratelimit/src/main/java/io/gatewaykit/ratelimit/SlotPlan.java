package io.gatewaykit.ratelimit;

import org.jspecify.annotations.Nullable;

/** What a {@link SlotTable} holds keys to that have no limit of their own; known by identity. */
final class SlotPlan {
  final Gcra gcra;

  /** The largest backlog a bucket can have, brought along from wider plans. */
  final long ceiling;

  /** Changes from plan to plan; each TAT says which it belongs to. */
  final int parity;

  /** The plan before, until all sets are adapted. */
  final @Nullable SlotPlan previous;

  private SlotPlan(Gcra gcra, long ceiling, int parity, @Nullable SlotPlan previous) {
    this.gcra = gcra;
    this.ceiling = ceiling;
    this.parity = parity;
    this.previous = previous;
  }

  static SlotPlan first(Gcra gcra) {
    return new SlotPlan(gcra, gcra.fullest, 0, null);
  }

  /** Returns the plan to follow this one. */
  SlotPlan next(Gcra to) {
    long brought = Math.min(to.translate(ceiling, gcra), 1L << 60);
    return new SlotPlan(to, Math.max(to.fullest, brought), 1 - parity, this);
  }

  /** Returns this plan, once all sets are adapted to it. */
  SlotPlan settled() {
    return new SlotPlan(gcra, ceiling, parity, null);
  }

  /** Returns the largest backlog of a key, by its own plan if it has one. */
  long full(@Nullable Gcra own) {
    return own == null ? ceiling : own.fullest;
  }

  /** Returns the TAT of a time. */
  long word(long time) {
    return time << 1 | parity;
  }

  /** Returns what is left of the backlog that a TAT of the plan before shows. */
  long kept(long ahead, long mark, SlotPlan before) {
    long backlog = Math.min(before.ceiling, backlog(before.gcra, ahead, mark));
    return Math.min(ceiling, gcra.translate(backlog, before.gcra));
  }

  /** Returns the backlog in the units of a plan, of a TAT that is so far ahead. */
  static long backlog(Gcra gcra, long ahead, long mark) {
    if (ahead < 0) {
      return 0;
    }
    long nanos = Math.min(ahead, Long.MAX_VALUE >> gcra.shift + 1);
    return gcra.units(nanos) + ((mark & SlotMemory.FRACTION) >> (Gcra.MAX_SHIFT - gcra.shift));
  }

  /** Returns a time's fraction of a nanosecond, as a mark holds it. */
  static long fraction(Gcra gcra, long units) {
    return (units << (Gcra.MAX_SHIFT - gcra.shift)) & SlotMemory.FRACTION;
  }
}
