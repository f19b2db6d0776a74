// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import io.gatewaykit.api.Ticker;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Stores the backlog of each key's bucket in a fixed amount of memory.
 *
 * <p>The problem: a limiter must track every key that is in debt, an attacker can invent keys
 * without limit, and a cache that evicts a key in debt grants its client a fresh burst. The table
 * is divided into sets of eight slots [1]; a key's hash selects its set. A slot holds a hash and a
 * TAT [2], nothing else. A drained bucket is indistinguishable from one never used, so a slot whose
 * TAT has passed is free by definition: there are no timers, no recency lists and no sweeper, and
 * the keys themselves are not stored.
 *
 * <p>If all eight slots of a set are in debt, the {@link OverflowPolicy} determines the treatment
 * of new keys. By default they share the set's ninth bucket until a slot drains. They are limited
 * together, so a flood of keys creates no additional burst, and the limits of the keys in slots are
 * unaffected. A key that moves from the shared bucket into a slot takes the shared debt with it, so
 * moving creates no burst either.
 *
 * <p>A TAT is in nanoseconds, with a range of 146 years for all limits, and a fraction of 20 bits,
 * which replaces the lowest bits of the hash. The set's number encodes 17 bits of the hash again
 * (at a million slots), so that two of a million keys share a slot with a probability of 4 in
 * 10<sup>7</sup>. Buckets of different limits can coexist.
 *
 * <p>A key that has a slot is decided without a lock: by one compare-and-set if it is admitted, by
 * reads only if it is rejected (see {@link SlotMemory}). The set is locked for operations on both
 * words of a slot or on the shared bucket: new keys, refunds, changes of a limit, limits that need
 * fractions of a nanosecond (of those below 1000 per second, none does), and all operations if
 * slots in debt can be evicted.
 *
 * <ol>
 *   <li>A. J. Smith, "Cache Memories", ACM Computing Surveys 14(3), 1982: set associativity
 *   <li>ITU-T Recommendation I.371, "Traffic control and congestion control in B-ISDN"
 * </ol>
 */
final class SlotTable {
  /** The table's time at its creation, so that no TAT is ever 0. */
  private static final long START = 1L << 60;

  private final SlotMemory memory;
  private final Ticker ticker;
  private final long origin;
  private final OverflowPolicy policy;

  /**
   * Whether a key with a slot may be decided without the lock. Not if slots in debt are reassigned:
   * the next key's TAT could equal one that the slot had before, and the compare-and-set of a
   * thread that has read the old one would book a request to the wrong key.
   */
  private final boolean lockFree;

  private final LongAdder overflows = new LongAdder();
  private final LongAdder evicted = new LongAdder();
  private volatile TableLimit tableLimit;

  private final SlotDebts debts = new SlotDebts();

  SlotTable(SlotMemory memory, Gcra gcra, OverflowPolicy policy, Ticker ticker) {
    this.memory = memory;
    this.tableLimit = TableLimit.first(gcra);
    this.policy = policy;
    this.lockFree = policy != OverflowPolicy.EVICT_LEAST_DEBT;
    this.ticker = ticker;
    this.origin = ticker.read() - START;
  }

  /**
   * Decides for a key, and takes the cost if it is admitted with at most the given delay.
   *
   * @param own the key's own limit, or null if it has none
   * @param reserved the permits of the burst to reserve for others
   * @param trace receives the data that a decision or refund needs; may be null
   */
  long take(
      long hash,
      @Nullable Gcra own,
      long cost,
      long reserved,
      long maxDelay,
      @Nullable SlotTrace trace) {
    TableLimit current = tableLimit;
    Gcra gcra = own == null ? current.gcra : own;
    int set = memory.set(hash);
    int at = gcra.shift == 0 && lockFree ? memory.find(set, hash) : -1;
    long mark = SlotMemory.markOf(hash, own != null);
    long full = current.full(own);
    while (at >= 0) {
      // The TAT is read before the clock, so no writer's time is later than this one's.
      long seen = memory.tat(at);
      if (memory.mark(at) != mark
          || seen == SlotMemory.BUSY
          || tableLimit != current
          || (seen & 1) != current.parity) {
        break;
      }
      long now = now();
      long backlog = Math.max(0, SlotMemory.untilTat(seen, now));
      if (backlog > full) {
        break;
      }
      long answer = gcra.decide(backlog, cost, reserved);
      boolean takes = answer >= 0 && answer <= maxDelay;
      long after = takes ? backlog + gcra.weigh(cost) : backlog;
      if (takes && !memory.replace(at, seen, current.word(now + after))) {
        BackOff.afterLoss();
        continue;
      }
      if (trace != null) {
        trace.note(current, own, hash, now, backlog, after);
        trace.backlog = reportedBacklog(gcra, backlog, cost, answer, maxDelay);
      }
      return answer;
    }
    memory.lock(set);
    try {
      return takeLocked(set, hash, own, cost, reserved, maxDelay, trace);
    } finally {
      memory.unlock(set);
    }
  }

  private long takeLocked(
      int set,
      long hash,
      @Nullable Gcra own,
      long cost,
      long reserved,
      long maxDelay,
      @Nullable SlotTrace trace) {
    TableLimit current = adapted(set);
    Gcra gcra = own == null ? current.gcra : own;
    while (true) {
      int at = memory.find(set, hash);
      long seen = at < 0 ? memory.shared(set) : memory.tat(at);
      long now = now();
      long full = full(current, own, seen);
      long untilTat = untilTat(at, seen, now);
      if (at >= 0 && untilTat > gcra.ceilNanos(full)) {
        clamp(at, seen, now + gcra.ceilNanos(full), current);
        continue;
      }
      int free = at < 0 ? memory.findFree(set, hash, now) : at;
      long backlog =
          Math.min(full, TableLimit.backlog(gcra, untilTat, at < 0 ? 0 : memory.mark(at)));
      long answer =
          free < 0
              ? decideWithoutSlot(set, gcra, backlog, cost, reserved, now)
              : gcra.decide(backlog, cost, reserved);
      boolean takes = answer >= 0 && answer <= maxDelay;
      long after = takes ? backlog + gcra.weigh(cost) : backlog;
      boolean stored =
          !takes
              || (at >= 0
                  ? update(at, seen, hash, own != null, gcra, now, after, current)
                  : enter(set, free, hash, own != null, gcra, now, after, current));
      if (!stored) {
        continue;
      }
      if (free < 0) {
        overflows.increment();
      }
      if (trace != null) {
        trace.note(current, own, hash, now, backlog, after);
        trace.noSlot = free < 0 && policy == OverflowPolicy.REJECT;
        trace.backlog =
            trace.noSlot ? gcra.maxBacklog : reportedBacklog(gcra, backlog, cost, answer, maxDelay);
        trace.shared = free < 0;
        trace.word = current.word(now + gcra.ceilNanos(after));
      }
      return answer;
    }
  }

  /** Decides for a key without a slot in its set. */
  private long decideWithoutSlot(
      int set, Gcra gcra, long backlog, long cost, long reserved, long now) {
    long answer = gcra.decide(backlog, cost, reserved);
    return switch (policy) {
      case SHARE, EVICT_LEAST_DEBT, ALLOW -> answer;
      case REJECT ->
          answer == Gcra.IMPOSSIBLE
              ? answer
              : // until the first slot is free
              -SlotMemory.untilTat(memory.tat(memory.firstToDrain(set, now)), now) - 1;
    };
  }

  /**
   * Writes the backlog of a key to its slot.
   *
   * @param seen the TAT that the backlog was derived from
   * @return false if the TAT has changed since and the decision must be repeated
   */
  boolean update(
      int at,
      long seen,
      long hash,
      boolean own,
      Gcra gcra,
      long now,
      long backlog,
      TableLimit current) {
    if (!memory.replace(at, seen, current.word(now + (backlog >> gcra.shift)))) {
      return false;
    }
    // The slot cannot be reassigned meanwhile: that requires the lock.
    memory.mark(at, SlotMemory.markOf(hash, own) | TableLimit.fraction(gcra, backlog));
    return true;
  }

  /**
   * Writes the backlog of a key without a slot: to a free one, or as the overflow policy specifies.
   * The owner of a free slot can take permits without the lock until the slot is entered, so its
   * TAT is read again: the slot is entered from a TAT that has passed, or not at all.
   *
   * @param free the TAT index of the slot found free at that time, or -1 if none was
   * @return false if the slot is no longer free and the decision must be repeated
   */
  boolean enter(
      int set,
      int free,
      long hash,
      boolean own,
      Gcra gcra,
      long now,
      long backlog,
      TableLimit current) {
    long mark = SlotMemory.markOf(hash, own) | TableLimit.fraction(gcra, backlog);
    long tat = current.word(now + (backlog >> gcra.shift));
    if (free >= 0) {
      long seen = memory.tat(free);
      return memory.isFree(free, seen, now) && memory.enter(free, seen, mark, tat);
    }
    if (policy == OverflowPolicy.SHARE) {
      memory.shared(set, current.word(now + gcra.ceilNanos(backlog)));
    } else if (policy == OverflowPolicy.EVICT_LEAST_DEBT) {
      int least = memory.firstToDrain(set, now);
      long lost = memory.tat(least);
      if (!memory.enter(least, lost, mark, tat)) {
        return false;
      }
      evicted.add(gcra.permits(Math.max(0, SlotMemory.untilTat(lost, now))));
    }
    return true;
  }

  /**
   * Reduces a TAT beyond the largest backlog, which results from a clock that went back, or from a
   * wider limit that the key had before. The bucket is then full.
   */
  private void clamp(int at, long seen, long time, TableLimit current) {
    if (memory.replace(at, seen, current.word(time))) {
      memory.mark(at, memory.mark(at) & ~SlotMemory.FRACTION);
    }
  }

  /** Returns the largest backlog that a TAT can represent. */
  long full(TableLimit current, @Nullable Gcra own, long tat) {
    if (!debts.covers(tat)) {
      return current.full(own);
    }
    Gcra gcra = own == null ? current.gcra : own;
    return Math.max(current.full(own), Math.min(gcra.range, gcra.units(debts.longest())));
  }

  /** Takes the permits available without delay, at most {@code max}. Returns the number taken. */
  long takeUpTo(long hash, @Nullable Gcra own, long max, long reserved) {
    Gcra gcra = own == null ? tableLimit.gcra : own;
    long most = gcra.fitting(0, max, reserved);
    while (most > 0) {
      var trace = new SlotTrace();
      long answer = take(hash, own, most, reserved, 0, trace);
      if (answer == 0) {
        return most;
      }
      most =
          trace.noSlot ? 0 : Math.min(most - 1, trace.gcra().fitting(trace.before, most, reserved));
    }
    return 0;
  }

  /**
   * Changes the limit of keys without their own, and keeps their backlogs in requests: each set is
   * adapted when it is next locked, and all of them before this returns. A thread that still uses
   * the old limit reads a TAT of the other parity, or its compare-and-set fails.
   */
  synchronized void reconfigure(Gcra gcra) {
    tableLimit = tableLimit.next(gcra);
    for (int set = 0; set < memory.sets; set++) {
      memory.lock(set);
      try {
        adapted(set);
      } finally {
        memory.unlock(set);
      }
    }
    tableLimit = tableLimit.settled();
  }

  /**
   * Converts a locked set to the current limit. Each TAT belongs to this limit or the previous one.
   */
  TableLimit adapted(int set) {
    TableLimit current = tableLimit;
    TableLimit previous = current.previous;
    if (previous != null) {
      for (int slot = 0; slot < SlotMemory.SLOTS; slot++) {
        int at = SlotMemory.tatOf(set, slot);
        long seen = memory.tat(at);
        while ((seen & 1) != current.parity && !adapt(at, seen, current, previous)) {
          seen = memory.tat(at);
        }
      }
      long shared = memory.shared(set);
      if ((shared & 1) != current.parity) {
        long now = now();
        long untilTat = untilTat(-1, shared, now);
        long kept = current.gcra.ceilNanos(current.kept(untilTat, 0, previous, false));
        memory.shared(set, kept == 0 ? current.parity : current.word(now + kept));
      }
    }
    return current;
  }

  private boolean adapt(int at, long seen, TableLimit current, TableLimit previous) {
    long now = now();
    long mark = memory.mark(at);
    long untilTat = SlotMemory.untilTat(seen, now);
    if (untilTat < 0 || (mark & SlotMemory.FLAG) != 0) { // drained, or it has its own limit
      return memory.replace(at, seen, current.word(seen >> 1));
    }
    boolean debt = untilTat > previous.gcra.ceilNanos(previous.ceiling) && debts.covers(seen);
    long kept =
        current.kept(debt ? Math.min(untilTat, debts.longest()) : untilTat, mark, previous, debt);
    if (debt) {
      debts.note(now, current.gcra.ceilNanos(kept));
    }
    if (!memory.replace(at, seen, current.word(now + (kept >> current.gcra.shift)))) {
      return false;
    }
    memory.mark(at, mark & ~SlotMemory.FRACTION | TableLimit.fraction(current.gcra, kept));
    return true;
  }

  /** Returns the time by which the TAT of a slot, or of the shared bucket (-1), is ahead of now. */
  static long untilTat(int at, long tat, long now) {
    return at < 0 && tat >> 1 == 0 ? -1 : SlotMemory.untilTat(tat, now);
  }

  /** Returns the backlog to report; for a peek, as if the permits had been taken. */
  private static long reportedBacklog(
      Gcra gcra, long backlog, long cost, long answer, long maxDelay) {
    boolean counts = answer >= 0 && (answer <= maxDelay || maxDelay == BucketStore.NOTHING);
    return counts ? backlog + gcra.weigh(cost) : backlog;
  }

  SlotDebts debts() {
    return debts;
  }

  long now() {
    return ticker.read() - origin;
  }

  TableLimit tableLimit() {
    return tableLimit;
  }

  /** Returns whether keys without a slot share a bucket. */
  boolean shares() {
    return policy == OverflowPolicy.SHARE;
  }

  /** Returns whether the backlog of a key without a free slot is stored, in any bucket. */
  boolean storesOverflow() {
    return policy == OverflowPolicy.SHARE || policy == OverflowPolicy.EVICT_LEAST_DEBT;
  }

  Limit limit() {
    return tableLimit.gcra.limit;
  }

  long overflows() {
    return overflows.sum();
  }

  long evictedPermits() {
    return evicted.sum();
  }

  /** Counts the keys in debt, without locking. */
  long live() {
    return memory.live(now());
  }
}
