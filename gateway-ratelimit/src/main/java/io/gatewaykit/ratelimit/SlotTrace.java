package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/** What a decision of a {@link SlotTable} leaves behind for a {@link Decision} and a refund. */
final class SlotTrace {
  private @Nullable Gcra gcra;
  @Nullable SlotPlan plan;
  long hash;
  boolean own;

  /** The TAT right after the decision, in nanoseconds and the fraction of one. */
  long tat;

  long fraction;

  /** What had been given back before it. */
  long refundedBefore;

  /** The backlog to tell of. */
  long backlog;

  boolean shared;

  void note(
      SlotPlan current, @Nullable Gcra own, long hash, long now, long after, long refundedBefore) {
    Gcra applied = own == null ? current.gcra : own;
    this.gcra = applied;
    this.plan = current;
    this.own = own != null;
    this.hash = hash;
    this.tat = now + (after >> applied.shift);
    this.fraction = SlotPlan.fraction(applied, after);
    this.refundedBefore = refundedBefore;
  }

  Gcra gcra() {
    return requireNonNull(gcra);
  }

  Decision decision(long answer, long spare) {
    Decision.Source source = shared ? Decision.Source.SHARED : Decision.Source.LOCAL;
    return Decision.of(gcra(), answer, backlog, spare, source);
  }
}
