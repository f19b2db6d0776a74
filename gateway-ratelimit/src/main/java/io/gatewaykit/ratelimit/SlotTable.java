package io.gatewaykit.ratelimit;

import io.gatewaykit.api.Ticker;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Remembers, in a fixed amount of memory, how full each key's bucket is.
 *
 * <p>The problem: a limiter must remember every key that is in debt, an attacker can invent keys
 * without end, and a cache that forgets one in debt gives its client a fresh burst. The table is
 * divided into sets of eight slots; a key's hash names its set. A slot holds a hash and a TAT,
 * nothing else. A bucket that has drained is indistinguishable from one never seen, so a slot whose
 * TAT has passed is free by definition: there are no timers, no usage lists, no sweeper, and the
 * keys themselves are not kept.
 *
 * <p>If all eight slots of a set are in debt, the {@link OverflowPolicy} says what becomes of
 * newcomers. By default they share the set's ninth bucket until one drains; they are limited
 * together, so a flood of keys mints no burst, and the limit of the keys already there is
 * untouched. A key that moves from the shared bucket into a slot takes the shared debt with it, so
 * moving mints none either.
 *
 * <p>A TAT is whole nanoseconds, good for 146 years whatever the limits, and a fraction of 20 bits,
 * which takes the place of the lowest bits of the hash; the set's number tells 17 bits of a million
 * slots' hashes again, so that two of a million keys share a slot with a probability of 4 in
 * 10<sup>7</sup>. Buckets of different limits can live side by side.
 *
 * <p>A key that has a slot is decided on without a lock: by one compare-and-set if it is admitted,
 * by reading only if it is refused (see {@link SlotMemory}). The set is locked for what needs both
 * words of a slot or the shared bucket: new keys, refunds, changes of a limit, and limits that need
 * fractions of a nanosecond (of those below 1000 a second, none does).
 */
final class SlotTable {
  /** The table's time when it is made, so that no TAT is ever 0. */
  private static final long START = 1L << 60;

  private final SlotMemory memory;
  private final Ticker ticker;
  private final long origin;
  private final OverflowPolicy policy;
  private final LongAdder overflows = new LongAdder();
  private final LongAdder evicted = new LongAdder();
  private volatile SlotPlan plan;

  /** What was given back so far, in nanoseconds, in sets of the same stripe. */
  private final AtomicLongArray refunded = new AtomicLongArray(SlotMemory.stripe(-1) + 1);

  SlotTable(int minimumSlots, Gcra gcra, OverflowPolicy policy, Ticker ticker) {
    this.memory = new SlotMemory(minimumSlots);
    this.plan = SlotPlan.first(gcra);
    this.policy = policy;
    this.ticker = ticker;
    this.origin = ticker.read() - START;
  }

  /**
   * Decides for the key, and takes the cost if it is admitted with no more than the given delay.
   *
   * @param own the key's own plan, or null if it has none
   * @param spare how many permits of the burst are to be left to others
   * @param trace where to note what a decision or refund needs, if anywhere
   */
  long take(
      long hash,
      @Nullable Gcra own,
      long cost,
      long spare,
      long maxDelay,
      @Nullable SlotTrace trace) {
    SlotPlan current = plan;
    Gcra gcra = own == null ? current.gcra : own;
    int set = memory.set(hash);
    int at = gcra.shift == 0 ? memory.find(set, hash) : -1;
    long mark = mark(hash, own != null);
    long full = current.full(own);
    while (at >= 0) {
      long before = trace == null ? 0 : refunded.get(SlotMemory.stripe(set));
      // The TAT is read before the clock is, so that no writer's time is later than this one's.
      long seen = memory.tat(at);
      if (memory.mark(at) != mark
          || seen == SlotMemory.BUSY
          || plan != current
          || (seen & 1) != current.parity) {
        break;
      }
      long now = now();
      long backlog = Math.max(0, SlotMemory.ahead(seen, now));
      if (backlog > full) {
        break;
      }
      long answer = gcra.decide(backlog, cost, spare);
      boolean takes = answer >= 0 && answer <= maxDelay;
      long after = takes ? backlog + gcra.weigh(cost) : backlog;
      if (takes && !memory.replace(at, seen, current.word(now + after))) {
        BackOff.afterLoss();
        continue;
      }
      if (trace != null) {
        trace.note(current, own, hash, now, after, before);
        trace.backlog = told(gcra, backlog, cost, answer, maxDelay);
      }
      return answer;
    }
    memory.lock(set);
    try {
      return takeLocked(set, hash, own, cost, spare, maxDelay, trace);
    } finally {
      memory.unlock(set);
    }
  }

  private long takeLocked(
      int set,
      long hash,
      @Nullable Gcra own,
      long cost,
      long spare,
      long maxDelay,
      @Nullable SlotTrace trace) {
    SlotPlan current = adapted(set);
    Gcra gcra = own == null ? current.gcra : own;
    long before = refunded.get(SlotMemory.stripe(set));
    while (true) {
      int at = memory.find(set, hash);
      long seen = at < 0 ? memory.shared(set) : memory.tat(at);
      long now = now();
      long full = current.full(own);
      long ahead = ahead(at, seen, now);
      if (at >= 0 && ahead > gcra.ceilNanos(full)) {
        cut(set, at, seen, now + gcra.ceilNanos(full), current);
        continue;
      }
      int free = at < 0 ? memory.findFree(set, hash, now) : at;
      long backlog = Math.min(full, SlotPlan.backlog(gcra, ahead, at < 0 ? 0 : memory.mark(at)));
      long answer =
          free < 0
              ? withoutRoom(set, gcra, backlog, cost, spare, now)
              : gcra.decide(backlog, cost, spare);
      boolean takes = answer >= 0 && answer <= maxDelay;
      long after = takes ? backlog + gcra.weigh(cost) : backlog;
      if (takes && !store(set, hash, own != null, gcra, at, seen, now, after, current)) {
        continue;
      }
      if (free < 0) {
        overflows.increment();
      }
      if (trace != null) {
        trace.note(current, own, hash, now, after, before);
        boolean noRoom = free < 0 && policy == OverflowPolicy.REJECT;
        trace.backlog = noRoom ? gcra.fullest : told(gcra, backlog, cost, answer, maxDelay);
        trace.shared = free < 0;
      }
      return answer;
    }
  }

  /** Decides for a key for which its set has no slot. */
  private long withoutRoom(int set, Gcra gcra, long backlog, long cost, long spare, long now) {
    long answer = gcra.decide(backlog, cost, spare);
    return switch (policy) {
      case SHARE, EVICT_LEAST_DEBT, ALLOW -> answer;
      case REJECT ->
          answer == Gcra.IMPOSSIBLE
              ? answer
              : // until that slot's time has passed
              -SlotMemory.ahead(memory.tat(memory.leastAhead(set, now)), now) - 1;
    };
  }

  /**
   * Writes a key's backlog: into its slot, one that it enters, or as the overflow policy says.
   *
   * @param at where its TAT stands, or -1 if it has no slot
   * @return false if it is to be decided on again, because the slot has changed meanwhile
   */
  private boolean store(
      int set,
      long hash,
      boolean own,
      Gcra gcra,
      int at,
      long seen,
      long now,
      long backlog,
      SlotPlan current) {
    long tat = current.word(now + (backlog >> gcra.shift));
    long mark = mark(hash, own) | SlotPlan.fraction(gcra, backlog);
    if (at >= 0) {
      if (!memory.replace(at, seen, tat)) {
        return false;
      }
      memory.mark(at, mark); // nobody enters it: that would need the lock
      return true;
    }
    int free = memory.findFree(set, hash, now);
    if (free >= 0) {
      return memory.enter(free, memory.tat(free), mark, tat);
    }
    if (policy == OverflowPolicy.SHARE) {
      memory.shared(set, current.word(now + gcra.ceilNanos(backlog)));
    } else if (policy == OverflowPolicy.EVICT_LEAST_DEBT) {
      int least = memory.leastAhead(set, now);
      long forgotten = memory.tat(least);
      if (!memory.enter(least, forgotten, mark, tat)) {
        return false;
      }
      evicted.add(gcra.permits(Math.max(0, SlotMemory.ahead(forgotten, now))));
    }
    return true;
  }

  /**
   * Cuts a TAT that is further ahead than the fullest bucket's: the trace of a clock that went
   * back, or of a wider limit that this key had. The bucket is full then.
   */
  private void cut(int set, int at, long seen, long time, SlotPlan current) {
    // What is cut off here must not be given back once more: noted first.
    long off = SlotMemory.ahead(seen, time);
    refunded.addAndGet(SlotMemory.stripe(set), off);
    if (memory.replace(at, seen, current.word(time))) {
      memory.mark(at, memory.mark(at) & ~SlotMemory.FRACTION);
    } else {
      refunded.addAndGet(SlotMemory.stripe(set), -off);
    }
  }

  /**
   * Replaces an admitted cost by the true one; why that is safe, see {@link
   * LeakyBucketCore#settle}.
   */
  void settle(SlotTrace trace, long cost, long actual) {
    Gcra gcra = trace.gcra();
    int set = memory.set(trace.hash);
    memory.lock(set);
    try {
      SlotPlan current = adapted(set);
      if (current != trace.plan) {
        return; // nothing certain can be said of what is left
      }
      while (!settleLocked(trace, gcra, set, cost, actual, current)) {
        Thread.onSpinWait();
      }
    } finally {
      memory.unlock(set);
    }
  }

  private boolean settleLocked(
      SlotTrace trace, Gcra gcra, int set, long cost, long actual, SlotPlan current) {
    int at = memory.find(set, trace.hash);
    long seen = at < 0 ? memory.shared(set) : memory.tat(at);
    long now = now();
    long full = trace.own ? gcra.fullest : current.ceiling;
    long backlog =
        Math.min(full, SlotPlan.backlog(gcra, ahead(at, seen, now), at < 0 ? 0 : memory.mark(at)));
    if (actual > cost) {
      long more = Math.min(Math.max(backlog, gcra.fullest), backlog + gcra.weigh(actual - cost));
      return store(set, trace.hash, trace.own, gcra, at, seen, now, more, current);
    }
    int stripe = SlotMemory.stripe(set);
    long ahead = trace.tat - (refunded.get(stripe) - trace.refundedBefore) - now;
    if (ahead < 0 || at < 0 && !(trace.shared && policy == OverflowPolicy.SHARE)) {
      return true; // it has leaked, or it was never written down
    }
    long floor =
        gcra.units(Math.min(ahead, gcra.ceilNanos(gcra.fullest)))
            + (trace.fraction >> (Gcra.MAX_SHIFT - gcra.shift));
    long refund = Math.min(gcra.weigh(cost) - gcra.weigh(actual), Math.min(floor, backlog));
    long noted = backlog == floor ? 0 : gcra.ceilNanos(refund); // somebody came after this request
    refunded.addAndGet(stripe, noted); // before the word, so that nobody misses it
    if (at < 0) {
      memory.shared(set, current.word(now + gcra.ceilNanos(backlog - refund)));
      return true;
    }
    boolean done =
        store(set, trace.hash, trace.own, gcra, at, seen, now, backlog - refund, current);
    if (!done) {
      refunded.addAndGet(stripe, -noted);
    }
    return done;
  }

  /**
   * Changes the limit of keys that have none of their own, and keeps their backlogs in requests:
   * each set is adapted when it is next locked, and all of them before this returns. Whoever still
   * has the old plan in hand finds a TAT of the other parity, or by its compare-and-set a changed
   * one.
   */
  synchronized void reconfigure(Gcra gcra) {
    plan = plan.next(gcra);
    for (int set = 0; set < memory.sets; set++) {
      memory.lock(set);
      try {
        adapted(set);
      } finally {
        memory.unlock(set);
      }
    }
    plan = plan.settled();
  }

  /** Brings a locked set to the current plan. Every TAT is of this plan or of the one before. */
  private SlotPlan adapted(int set) {
    SlotPlan current = plan;
    SlotPlan previous = current.previous;
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
        long kept = current.gcra.ceilNanos(current.kept(ahead(-1, shared, now), 0, previous));
        memory.shared(set, kept == 0 ? current.parity : current.word(now + kept));
      }
    }
    return current;
  }

  private boolean adapt(int at, long seen, SlotPlan current, SlotPlan previous) {
    long now = now();
    long mark = memory.mark(at);
    long ahead = SlotMemory.ahead(seen, now);
    if (ahead < 0 || (mark & SlotMemory.FLAG) != 0) { // owes nothing, or to a limit of its own
      return memory.replace(at, seen, current.word(seen >> 1));
    }
    long kept = current.kept(ahead, mark, previous);
    if (!memory.replace(at, seen, current.word(now + (kept >> current.gcra.shift)))) {
      return false;
    }
    memory.mark(at, mark & ~SlotMemory.FRACTION | SlotPlan.fraction(current.gcra, kept));
    return true;
  }

  /** Returns by how much the TAT of a slot, or of the shared bucket at -1, lies ahead of now. */
  private static long ahead(int at, long tat, long now) {
    return at < 0 && tat >> 1 == 0 ? -1 : SlotMemory.ahead(tat, now);
  }

  /** Returns the backlog a decision tells of: a question's, as if it had been taken. */
  private static long told(Gcra gcra, long backlog, long cost, long answer, long maxDelay) {
    boolean counts = answer >= 0 && (answer <= maxDelay || maxDelay == BucketStore.NOTHING);
    return counts ? backlog + gcra.weigh(cost) : backlog;
  }

  private static long mark(long hash, boolean own) {
    return hash & SlotMemory.TAG | (own ? SlotMemory.FLAG : 0);
  }

  /** Makes a hash that no slot never entered has. */
  static long usable(long hash) {
    return (hash & SlotMemory.TAG) == 0 ? -SlotMemory.TAG : hash;
  }

  private long now() {
    return ticker.read() - origin;
  }

  Limit limit() {
    return plan.gcra.limit;
  }

  long overflows() {
    return overflows.sum();
  }

  long evictedPermits() {
    return evicted.sum();
  }

  /** Counts the keys in debt, without locking anybody out. */
  long live() {
    long live = 0;
    long now = now();
    for (int set = 0; set < memory.sets; set++) {
      for (int slot = 0; slot < SlotMemory.SLOTS; slot++) {
        int at = SlotMemory.tatOf(set, slot);
        live += SlotMemory.ahead(memory.tat(at), now) > 0 && memory.mark(at) != 0 ? 1 : 0;
      }
    }
    return live;
  }
}
