// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * The reservations and refunds of a {@link SlotTable}. Each key with open reservations has a {@link
 * RefundLedger}, whose lock orders them; plain decisions do not use it.
 */
final class SlotReservations {
  private final SlotTable table;
  private final SlotMemory memory;
  private final SlotBookings bookings;
  private final RefundLedgers ledgers = new RefundLedgers();

  SlotReservations(SlotTable table, SlotMemory memory) {
    this.table = table;
    this.memory = memory;
    this.bookings = new SlotBookings(table, memory);
  }

  /** Equivalent to {@link SlotTable#take}, but refundable. */
  long reserve(
      long hash, @Nullable Gcra own, long cost, long reserved, long maxDelay, SlotTrace trace) {
    Gcra expected = own == null ? table.tableLimit().gcra : own;
    if (expected.interval == 0) {
      return table.take(hash, own, cost, reserved, maxDelay, trace);
    }
    // The part of the hash that identifies a slot: keys that share it share their ledger, too.
    return ledgers.with(
        hash & SlotMemory.TAG,
        expected,
        table.now(),
        keyed -> {
          long answer = table.take(hash, own, cost, reserved, maxDelay, trace);
          if (answer >= 0 && answer <= maxDelay && !trace.shared) {
            keyed.use(trace.gcra());
            keyed.advance(trace.now, trace.before);
            trace.layer = keyed.ledger.push(trace.after);
            trace.ledger = keyed;
          }
          return answer;
        });
  }

  /** Settles an admitted cost to the actual one, which is 0 if it was cancelled. */
  void settle(SlotTrace trace, long cost, long actual) {
    Gcra gcra = trace.gcra();
    RefundLedgers.Keyed keyed = trace.ledger;
    long back = gcra.weigh(cost) - gcra.weigh(actual);
    if (keyed != null) {
      ledgers.ifInUse(keyed, () -> refund(trace, keyed, back));
    } else if (trace.shared && back > 0) {
      refundShared(trace, back);
    }
    if (actual > cost) {
      long ignored = charge(trace.hash, trace.own ? gcra : null, actual - cost, false);
    }
  }

  /** Adds to the backlog of a key; see {@link SlotBookings#charge}. */
  long charge(long hash, @Nullable Gcra own, long permits, boolean debt) {
    return bookings.charge(hash, own, permits, debt);
  }

  /** Empties the bucket of a key that has a slot, and ends its open reservations. */
  void reset(long hash) {
    long ignored =
        ledgers.with(
            hash & SlotMemory.TAG,
            table.tableLimit().gcra,
            table.now(),
            keyed -> {
              bookings.reset(hash);
              keyed.ledger.clear();
              return 0;
            });
  }

  private void refund(SlotTrace trace, RefundLedgers.Keyed keyed, long weight) {
    Gcra gcra = trace.gcra();
    RefundLedger.Layer layer = requireNonNull(trace.layer);
    int set = memory.set(trace.hash);
    memory.lock(set);
    try {
      TableLimit current = table.adapted(set);
      while (true) {
        int at = memory.find(set, trace.hash);
        if (at < 0 || !keyed.isOf(trace.own ? gcra : current.gcra)) {
          keyed.ledger.clear(); // drained, or booked under another limit: not refundable
          return;
        }
        long seen = memory.tat(at);
        long now = table.now();
        long full = table.full(current, trace.own ? gcra : null, seen);
        long untilTat = SlotMemory.untilTat(seen, now);
        long backlog = Math.min(full, TableLimit.backlog(gcra, untilTat, memory.mark(at)));
        keyed.advance(now, backlog);
        long refund = keyed.ledger.refundable(layer, weight);
        if (refund <= 0) {
          keyed.ledger.close(layer);
          return;
        }
        long left = backlog - refund;
        if (table.update(at, seen, trace.hash, trace.own, gcra, now, left, current)) {
          keyed.ledger.refund(layer, refund);
          return;
        }
      }
    } finally {
      memory.unlock(set);
    }
  }

  /** Refunds to the bucket shared by keys without a slot, unless it has been used since. */
  private void refundShared(SlotTrace trace, long weight) {
    Gcra gcra = trace.gcra();
    int set = memory.set(trace.hash);
    memory.lock(set);
    try {
      TableLimit current = table.adapted(set);
      long now = table.now();
      long untilTat = SlotMemory.untilTat(memory.shared(set), now);
      if (table.shares() && memory.shared(set) == trace.word && untilTat > 0) {
        long left = Math.max(0, gcra.units(untilTat) - weight);
        memory.shared(set, current.word(now + gcra.ceilNanos(left)));
      }
    } finally {
      memory.unlock(set);
    }
  }

  /** Returns the number of keys that are tracked for refunds. */
  int tracked() {
    return ledgers.size();
  }
}
