// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import org.jspecify.annotations.Nullable;

/** The changes of a {@link SlotTable} without a decision: charges and resets. */
final class SlotBookings {
  private final SlotTable table;
  private final SlotMemory memory;

  SlotBookings(SlotTable table, SlotMemory memory) {
    this.table = table;
    this.memory = memory;
  }

  /**
   * Adds to the backlog of a key. Returns the permits that could not be booked.
   *
   * @param own the key's own limit, or null if it has none
   * @param debt whether to exceed the largest backlog of requests; never in the shared bucket, in
   *     which one key's debt would block the others
   */
  long charge(long hash, @Nullable Gcra own, long permits, boolean debt) {
    int set = memory.set(hash);
    memory.lock(set);
    try {
      TableLimit current = table.adapted(set);
      Gcra gcra = own == null ? current.gcra : own;
      while (true) {
        int at = memory.find(set, hash);
        long seen = at < 0 ? memory.shared(set) : memory.tat(at);
        long now = table.now();
        long mark = at < 0 ? 0 : memory.mark(at);
        long backlog =
            Math.min(
                table.full(current, own, seen),
                TableLimit.backlog(gcra, SlotTable.untilTat(at, seen, now), mark));
        int free = at < 0 ? memory.findFree(set, hash, now) : at;
        if (free < 0 && !table.storesOverflow()) {
          return gcra.unbooked(permits, 0);
        }
        long more =
            debt && free >= 0 ? gcra.charged(backlog, permits) : gcra.settled(backlog, permits);
        if (more > current.full(own)) {
          table.debts().note(now, gcra.ceilNanos(more));
        }
        boolean stored =
            at >= 0
                ? table.update(at, seen, hash, own != null, gcra, now, more, current)
                : table.enter(set, free, hash, own != null, gcra, now, more, current);
        if (stored) {
          return gcra.unbooked(permits, more - backlog);
        }
      }
    } finally {
      memory.unlock(set);
    }
  }

  /** Empties the bucket of a key that has a slot. */
  void reset(long hash) {
    int set = memory.set(hash);
    memory.lock(set);
    try {
      TableLimit current = table.adapted(set);
      int at = memory.find(set, hash);
      if (at >= 0) {
        long seen = memory.tat(at);
        long now = table.now();
        while (SlotMemory.untilTat(seen, now) > 0 && !memory.replace(at, seen, current.word(now))) {
          seen = memory.tat(at);
        }
        memory.mark(at, memory.mark(at) & ~SlotMemory.FRACTION);
      }
    } finally {
      memory.unlock(set);
    }
  }
}
