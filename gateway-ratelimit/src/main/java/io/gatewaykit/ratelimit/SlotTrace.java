// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/** The data of a {@link SlotTable}'s decision that a {@link Decision} and a refund need. */
final class SlotTrace {
  private @Nullable Gcra gcra;
  long hash;
  boolean own;

  /** The time of the decision in nanoseconds, and the backlogs before and after it. */
  long now;

  long before;
  long after;

  /** The TAT written. */
  long word;

  /** The backlog to report. */
  long backlog;

  /** Whether the key has no slot. */
  boolean shared;

  /** Whether it was rejected for lack of a slot. */
  boolean noSlot;

  RefundLedgers.@Nullable Keyed ledger;
  RefundLedger.@Nullable Layer layer;

  void note(TableLimit current, @Nullable Gcra own, long hash, long now, long before, long after) {
    Gcra applied = own == null ? current.gcra : own;
    this.gcra = applied;
    this.own = own != null;
    this.hash = hash;
    this.now = now;
    this.before = before;
    this.after = after;
  }

  Gcra gcra() {
    return requireNonNull(gcra);
  }

  /** Returns the balance before the decision. */
  Balance balance(long reserved, long unbooked) {
    return Balance.of(gcra(), before, reserved, unbooked);
  }

  Decision decision(long answer, long reserved) {
    Decision.Source source = shared ? Decision.Source.SHARED : Decision.Source.LOCAL;
    return Decision.of(gcra(), answer, backlog, reserved, source);
  }

  /** Returns the decision for a caller with a maximum delay. */
  Decision decision(long answer, long cost, long reserved, long maxDelay) {
    return decision(
        noSlot ? answer : gcra().within(answer, before, cost, reserved, maxDelay), reserved);
  }
}
