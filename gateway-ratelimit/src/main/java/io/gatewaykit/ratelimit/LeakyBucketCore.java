// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import org.jspecify.annotations.Nullable;

/** The operations of a leaky bucket, over the chain of its states. */
final class LeakyBucketCore {
  /** Value of {@code maxDelay}: decide without taking permits. */
  static final long NOTHING = -1;

  private static final long LONG_AGO = -(1L << 59);

  final Ticker ticker;
  private final WarmUp warmUp;
  private volatile LeakyBucketState state;

  /** The limit without warm-up, and the reading at which the bucket was cold; guarded by this. */
  private Gcra warm;

  private long coldAt;

  /** The open reservations of one state, the only refundable ones; guarded by this. */
  private @Nullable RefundLedger ledger;

  private @Nullable LeakyBucketState ledgerOf;

  LeakyBucketCore(Gcra warm, WarmUp warmUp, Ticker ticker) {
    this.warm = warm;
    this.warmUp = warmUp;
    this.ticker = ticker;
    this.coldAt = ticker.read();
    this.state = stateAt(coldAt, 0, 0, 0);
  }

  /** The data of a decision that a {@link Decision} and a later refund need. */
  static final class Trace {
    private @Nullable LeakyBucketState state;
    private RefundLedger.@Nullable Layer layer;
    private long now;
    private long before;
    private long backlog;

    /** Returns the balance before the decision. */
    Balance balance(long reserved, long unbooked) {
      return Balance.of(requireNonNull(state).gcra, before, reserved, unbooked);
    }

    Decision decision(long answer, long reserved, Decision.Source source) {
      return Decision.of(requireNonNull(state).gcra, answer, backlog, reserved, source);
    }

    /** Returns the decision for a caller with a maximum delay. */
    Decision decision(
        long answer, long cost, long reserved, long maxDelay, Decision.Source source) {
      Gcra gcra = requireNonNull(state).gcra;
      return decision(gcra.within(answer, before, cost, reserved, maxDelay), reserved, source);
    }
  }

  /**
   * Decides, and takes the cost if it is admitted with at most the given delay.
   *
   * @param reserved the permits of the burst to reserve for others
   * @param trace receives the data that a decision or refund needs; may be null
   */
  long take(long cost, long reserved, long maxDelay, @Nullable Trace trace) {
    LeakyBucketState s = state;
    while (true) {
      long seen = s.tat();
      if (seen == LeakyBucketState.FROZEN) {
        s = requireNonNull(s.successor);
        continue;
      }
      long reading = ticker.read();
      Gcra gcra = s.gcra;
      long now = gcra.units(reading - s.origin);
      if (!s.covers(reading - s.origin) || !s.isPlausible(seen - now)) {
        s = recover(s, seen, reading);
        continue;
      }
      long backlog = Math.max(0, seen - now);
      long answer = gcra.decide(backlog, cost, reserved);
      boolean takes = answer >= 0 && answer <= maxDelay;
      long after = takes ? backlog + gcra.weigh(cost) : backlog;
      if (takes && !s.replace(seen, now + after)) {
        BackOff.afterLoss();
        continue;
      }
      if (trace != null) {
        trace.state = s;
        trace.now = now;
        trace.before = backlog;
        trace.backlog = maxDelay == NOTHING && answer >= 0 ? backlog + gcra.weigh(cost) : after;
      }
      return answer;
    }
  }

  /**
   * Returns the state to continue with, after a clock step, at the end of a state, or when cold.
   */
  private LeakyBucketState recover(LeakyBucketState s, long seen, long reading) {
    long now = s.time(reading);
    if (s.covers(reading - s.origin) && seen - now > s.ceiling()) {
      s.replace(seen, now + s.ceiling());
      return s;
    }
    return replaceState(s, null, reading);
  }

  void reconfigure(Gcra gcra) {
    replaceState(null, gcra, ticker.read());
  }

  /**
   * Replaces the state. Locked because a state has exactly one successor; needed only when the
   * limit changes or a state expires, never to decide.
   *
   * @param expected replace only this one, if not null
   * @param gcra the new limit, or null to keep the present one
   */
  private synchronized LeakyBucketState replaceState(
      @Nullable LeakyBucketState expected, @Nullable Gcra gcra, long reading) {
    LeakyBucketState s = state;
    if (expected != null && expected != s) {
      return s;
    }
    warm = gcra == null ? warm : gcra;
    while (true) {
      long seen = s.tat();
      Drained drained = drained(s, seen, reading);
      boolean cold = warmUp != WarmUp.NONE && drained.emptyNanos > warmUp.nanos;
      if (cold) {
        coldAt = reading;
      }
      Gcra next = warmUp.gcra(warm, warmUp.step(reading - coldAt));
      long most = Math.min(next.translate(s.ceiling(), s.gcra), 1L << 60);
      long kept = Math.min(next.translate(drained.backlog, drained.gcra), most);
      LeakyBucketState successor = stateAt(reading, kept, most, cold ? 0 : drained.emptyNanos);
      s.successor = successor;
      if (s.replace(seen, LeakyBucketState.FROZEN)) {
        state = successor;
        return successor;
      }
    }
  }

  /** A backlog, in the units of a limit, or the time for which the bucket has been empty. */
  private record Drained(Gcra gcra, long backlog, long emptyNanos) {}

  /**
   * Returns the remaining backlog of a state. After the end of the state, it drains at the rates of
   * the steps that followed, even if no call was made in them.
   */
  private Drained drained(LeakyBucketState s, long seen, long reading) {
    long at = s.origin + Math.min(reading - s.origin, s.range);
    long untilTat = seen - s.time(at);
    Gcra gcra = s.gcra;
    long backlog = s.backlog(untilTat);
    long empty = untilTat < 0 ? -untilTat >> gcra.shift : 0;
    while (reading - at > 0) { // at most once for each step
      int step = warmUp.step(at - coldAt);
      Gcra next = warmUp.gcra(warm, step);
      long part = Math.min(reading - at, warmUp.length(step));
      backlog = next.translate(backlog, gcra);
      long needed = next.ceilNanos(backlog);
      if (needed > part) {
        backlog -= next.units(part);
      } else {
        backlog = 0;
        empty += part - needed;
      }
      gcra = next;
      at += part;
    }
    return new Drained(gcra, backlog, empty);
  }

  /**
   * Equivalent to {@link #take}, but refundable. Locked against other reservations and refunds of
   * the bucket, not against plain decisions.
   */
  synchronized long reserve(long cost, long reserved, long maxDelay, Trace trace) {
    long answer = take(cost, reserved, maxDelay, trace);
    LeakyBucketState s = requireNonNull(trace.state);
    if (answer >= 0 && answer <= maxDelay && s.gcra.interval > 0) {
      RefundLedger open = ledger;
      if (open == null || ledgerOf != s) {
        open = new RefundLedger();
        ledger = open;
        ledgerOf = s;
      }
      open.advance(trace.now, trace.now - open.time(), trace.before);
      trace.layer = open.push(trace.backlog);
    }
    return answer;
  }

  /** Settles an admitted request to its actual cost, which is 0 if it was cancelled. */
  void settle(Trace trace, long cost, long actual) {
    RefundLedger.Layer layer = trace.layer;
    if (layer != null) {
      Gcra gcra = requireNonNull(trace.state).gcra;
      refund(requireNonNull(trace.state), layer, gcra.weigh(cost) - gcra.weigh(actual));
    }
    if (actual > cost) {
      long ignored =
          change((s, backlog) -> Math.max(backlog, s.gcra.settled(backlog, actual - cost)));
    }
  }

  private synchronized void refund(LeakyBucketState s, RefundLedger.Layer layer, long weight) {
    RefundLedger open = ledger;
    if (open == null || ledgerOf != s) {
      return;
    }
    while (true) {
      long seen = s.tat();
      long reading = ticker.read();
      if (seen == LeakyBucketState.FROZEN || !s.covers(reading - s.origin)) {
        return; // the limit has changed, and with it the value of the permits
      }
      long now = s.time(reading);
      open.advance(now, now - open.time(), s.backlog(seen - now));
      long refund = open.refundable(layer, weight);
      if (refund <= 0) {
        open.close(layer);
        return;
      }
      if (s.replace(seen, seen - refund)) {
        open.refund(layer, refund);
        return;
      }
    }
  }

  /**
   * Books permits, and returns the balance.
   *
   * @param debt whether to exceed the largest backlog of requests
   */
  Balance charge(long permits, long reserved, boolean debt) {
    long unbooked = book(permits, debt);
    var trace = new Trace();
    long ignored = take(1, reserved, NOTHING, trace);
    return trace.balance(reserved, unbooked);
  }

  /** Books permits, and returns the number not booked. Locked to raise the ceiling. */
  private synchronized long book(long permits, boolean debt) {
    long[] unbooked = new long[1];
    long ignored =
        change((s, backlog) -> {
          long next = debt ? s.gcra.charged(backlog, permits) : s.gcra.settled(backlog, permits);
          s.raiseCeiling(backlog, next);
          unbooked[0] = s.gcra.unbooked(permits, next - backlog);
          return next;
        });
    return unbooked[0];
  }

  /** Takes the permits available without delay, at most {@code max}. Returns the number taken. */
  long takeUpTo(long max, long reserved) {
    long[] taken = new long[1];
    long ignored =
        change((s, backlog) -> {
          taken[0] = s.gcra.fitting(backlog, max, reserved);
          return backlog + s.gcra.weigh(taken[0]);
        });
    return taken[0];
  }

  /** Empties the bucket, and ends its open reservations. */
  synchronized void reset() {
    if (ledger != null) {
      ledger.clear(); // a new ledger would accept the reservations of this one
    }
    while (true) {
      LeakyBucketState s = state;
      long seen = s.tat();
      long now = s.time(ticker.read());
      if (seen != LeakyBucketState.FROZEN && (seen <= now || s.replace(seen, now))) {
        return;
      }
    }
  }

  /** Fills the bucket to at least the given backlog, at most to its capacity. */
  void restore(long nanos) {
    long ignored =
        change((s, backlog) ->
            Math.max(
                backlog,
                nanos >= s.gcra.ceilNanos(s.gcra.maxBacklog)
                    ? s.gcra.maxBacklog
                    : s.gcra.units(nanos)));
  }

  /** Returns the backlog in nanoseconds. */
  long backlog() {
    return change((s, backlog) -> backlog);
  }

  /** Returns the ticker reading at which the bucket has drained, if no more is taken. */
  long drainedAt() {
    while (true) {
      LeakyBucketState s = state;
      long tat = s.tat();
      if (tat != LeakyBucketState.FROZEN) {
        return s.origin + s.gcra.ceilNanos(tat);
      }
    }
  }

  Limit limit() {
    return state.gcra.limit;
  }

  private interface Change {
    /** Returns the new backlog, at least the old one and within the state's ceiling. */
    long apply(LeakyBucketState state, long backlog);
  }

  /** Raises the backlog, and returns the new one in nanoseconds. */
  private long change(Change change) {
    LeakyBucketState s = state;
    while (true) {
      long seen = s.tat();
      if (seen == LeakyBucketState.FROZEN) {
        s = requireNonNull(s.successor);
        continue;
      }
      long reading = ticker.read();
      long now = s.time(reading);
      if (!s.covers(reading - s.origin) || !s.isPlausible(seen - now)) {
        s = recover(s, seen, reading);
        continue;
      }
      long backlog = s.backlog(seen - now);
      long next = change.apply(s, backlog);
      if (next == backlog || s.replace(seen, now + next)) {
        return s.gcra.ceilNanos(next);
      }
    }
  }

  private LeakyBucketState stateAt(long reading, long backlog, long ceiling, long emptyNanos) {
    int step = warmUp.step(reading - coldAt);
    Gcra gcra = warmUp.gcra(warm, step);
    long tat = backlog > 0 ? backlog : emptyTat(gcra, emptyNanos);
    return new LeakyBucketState(gcra, reading, tat, ceiling, warmUp.length(step), warmUp.nanos);
  }

  /** An empty bucket's TAT is in the past even if the clock goes back, unless it warms up. */
  private long emptyTat(Gcra gcra, long emptyNanos) {
    return warmUp == WarmUp.NONE
        ? LONG_AGO
        : -gcra.units(Math.min(Math.min(emptyNanos, warmUp.nanos), Long.MAX_VALUE >> 22));
  }
}
