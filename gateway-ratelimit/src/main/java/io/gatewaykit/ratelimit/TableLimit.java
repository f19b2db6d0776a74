// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import org.jspecify.annotations.Nullable;

/** The limit of a {@link SlotTable} for keys without their own limit; compared by identity. */
final class TableLimit {
  final Gcra gcra;

  /** The largest possible backlog, which can originate from an earlier, wider limit. */
  final long ceiling;

  /** Alternates between limits; each TAT carries the parity of its limit. */
  final int parity;

  /** The previous limit, until all sets are adapted. */
  final @Nullable TableLimit previous;

  private TableLimit(Gcra gcra, long ceiling, int parity, @Nullable TableLimit previous) {
    this.gcra = gcra;
    this.ceiling = ceiling;
    this.parity = parity;
    this.previous = previous;
  }

  static TableLimit first(Gcra gcra) {
    return new TableLimit(gcra, gcra.maxBacklog, 0, null);
  }

  /** Returns the limit that follows this one. */
  TableLimit next(Gcra to) {
    long brought = Math.min(to.translate(ceiling, gcra), 1L << 60);
    return new TableLimit(to, Math.max(to.maxBacklog, brought), 1 - parity, this);
  }

  /** Returns this limit, once all sets are adapted to it. */
  TableLimit settled() {
    return new TableLimit(gcra, ceiling, parity, null);
  }

  /** Returns the largest backlog of a key, by its own limit if it has one. */
  long full(@Nullable Gcra own) {
    return own == null ? ceiling : own.maxBacklog;
  }

  /** Returns the TAT for a time. */
  long word(long time) {
    return time << 1 | parity;
  }

  /**
   * Returns the backlog in this limit for a TAT of the previous limit.
   *
   * @param debt whether it is a debt, and so not bounded by the capacity of a bucket
   */
  long kept(long untilTat, long mark, TableLimit before, boolean debt) {
    long backlog = backlog(before.gcra, untilTat, mark);
    return debt
        ? Math.min(gcra.range, gcra.translate(Math.min(before.gcra.range, backlog), before.gcra))
        : Math.min(ceiling, gcra.translate(Math.min(before.ceiling, backlog), before.gcra));
  }

  /** Returns the backlog, in the units of a limit, for a TAT with the given lead. */
  static long backlog(Gcra gcra, long untilTat, long mark) {
    if (untilTat < 0) {
      return 0;
    }
    long nanos = Math.min(untilTat, Long.MAX_VALUE >> gcra.shift + 1);
    return gcra.units(nanos) + ((mark & SlotMemory.FRACTION) >> (Gcra.MAX_SHIFT - gcra.shift));
  }

  /** Returns the fraction of a nanosecond of a time, as stored in a mark. */
  static long fraction(Gcra gcra, long units) {
    return (units << (Gcra.MAX_SHIFT - gcra.shift)) & SlotMemory.FRACTION;
  }
}
