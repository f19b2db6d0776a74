// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import java.util.concurrent.atomic.AtomicReference;

/**
 * Tracks bounds of the debts charged to the keys of a {@link SlotTable}. A TAT beyond that of a
 * full bucket is either a debt, or it was written before the clock went back. A slot has no bits
 * that distinguish the two.
 */
final class SlotDebts {
  private final AtomicReference<Bounds> bounds = new AtomicReference<>(Bounds.NONE);

  /** The latest end of a debt, and the largest debt in nanoseconds. */
  private record Bounds(long until, long longest) {
    static final Bounds NONE = new Bounds(Long.MIN_VALUE, 0);

    Bounds and(long now, long nanos) {
      return until <= now
          ? new Bounds(now + nanos, nanos)
          : new Bounds(Math.max(until, now + nanos), Math.max(longest, nanos));
    }
  }

  /** Records a debt before it is written, so that it is visible to threads that read its TAT. */
  void note(long now, long nanos) {
    Bounds ignored = bounds.updateAndGet(known -> known.and(now, nanos));
  }

  /** Returns whether a TAT can be that of a debt. */
  boolean covers(long tat) {
    return tat >> 1 <= bounds.get().until;
  }

  /** Returns the largest backlog of a covered TAT, in nanoseconds. */
  long longest() {
    return bounds.get().longest;
  }
}
