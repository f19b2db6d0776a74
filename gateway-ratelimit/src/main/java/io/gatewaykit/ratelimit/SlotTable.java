package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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
 * <p>If all eight slots of a set are in debt, newcomers share the set's ninth bucket until one
 * drains; they are limited together, so a flood of keys mints no burst, and the limit of the keys
 * already there is untouched. A key that moves from the shared bucket into a slot takes the shared
 * debt with it, so moving mints none either.
 *
 * <p>A TAT is whole nanoseconds, good for 292 years whatever the limits, and a fraction of 20 bits,
 * which takes the place of the lowest bits of the hash; the set's number tells 17 bits of a million
 * slots' hashes again, so two of a million keys share a slot with a probability of 2 in
 * 10<sup>7</sup>. Buckets of different limits can live side by side.
 *
 * <p>Each set has a spin lock, held for a few dozen instructions and never across a call out but to
 * the ticker. About 18 bytes a slot. Sized for 60 to 75 % live keys, sets overflow rarely.
 */
final class SlotTable {
  static final int SLOTS = 8;

  /** Lock and shared fraction, shared TAT, eight hashes with fractions, eight TATs. */
  private static final int STRIDE = 2 + 2 * SLOTS;

  private static final int SHARED = 1;
  private static final int HASHES = 2;
  private static final int TATS = HASHES + SLOTS;
  private static final long FRACTION = (1L << Gcra.MAX_SHIFT) - 1;
  private static final long LOCKED = Long.MIN_VALUE;

  /** The TAT of a bucket never used, in the past even if the clock goes back. */
  private static final long LONG_AGO = Long.MIN_VALUE / 4;

  private static final int EPOCH_SHIFT = 24;
  private static final int EPOCHS = (1 << 30) - 1;
  private static final int REFUND_STRIPES = 256;
  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] words;
  private final int sets;
  private final Ticker ticker;
  private final long origin;
  private final LongAdder overflows = new LongAdder();
  private volatile Plan plan;

  /** What was given back so far, in nanoseconds, by keys whose hashes agree in some bits. */
  private final AtomicLongArray refunded = new AtomicLongArray(REFUND_STRIPES);

  /**
   * The limit of keys that have none of their own.
   *
   * @param ceiling the largest backlog a bucket can have, brought along from wider plans
   * @param epoch goes up by one from plan to plan; each set notes the one it was last adapted to
   * @param previous the plan before, until all sets are adapted
   */
  private record Plan(Gcra gcra, long ceiling, int epoch, @Nullable Plan previous) {}

  SlotTable(int minimumSlots, Gcra gcra, Ticker ticker) {
    this.plan = new Plan(gcra, gcra.fullest, 0, null);
    this.ticker = ticker;
    this.origin = ticker.read();
    sets = Math.max(1, (minimumSlots + SLOTS - 1) / SLOTS);
    words = new long[Math.multiplyExact(sets, STRIDE)];
    for (int set = 0; set < words.length; set += STRIDE) {
      words[set + SHARED] = LONG_AGO;
    }
  }

  /** What a decision leaves behind for a {@link Decision} and a later refund. */
  static final class Trace {
    private @Nullable Gcra gcra;
    private int epoch;
    private long hash;
    private long tat;
    private long fraction;
    private long refundedBefore;
    private long backlog;
    private boolean shared;

    Decision decision(long answer, long spare) {
      Decision.Source source = shared ? Decision.Source.SHARED : Decision.Source.LOCAL;
      return Decision.of(requireNonNull(gcra), answer, backlog, spare, source);
    }
  }

  /**
   * Decides for the key, and takes the cost if it is admitted with no more than the given delay.
   *
   * @param own the key's own plan, or null if it has none
   * @param spare how many permits of the burst are to be left to others
   * @param trace where to note what a decision or refund needs, if anywhere
   */
  long take(
      long hash, @Nullable Gcra own, long cost, long spare, long maxDelay, @Nullable Trace trace) {
    long before = trace == null ? 0 : refunded.get(stripe(hash));
    int set = set(hash);
    lock(set);
    try {
      Plan current = adapted(set);
      Gcra gcra = own == null ? current.gcra : own;
      long now = now();
      int at = claim(set, hash, now);
      long backlog = backlog(set, at, hash, gcra, own == null ? current.ceiling : 0, now);
      long answer = gcra.decide(backlog, cost, spare);
      boolean admits = answer >= 0;
      long after = admits ? backlog + gcra.weigh(cost) : backlog;
      if (admits && answer <= maxDelay) {
        store(set, at, gcra, now, after);
      }
      if (at == set + SHARED) {
        overflows.increment();
      }
      if (trace != null) {
        trace.gcra = gcra;
        trace.epoch = current.epoch;
        trace.hash = hash;
        trace.tat = now + (after >> gcra.shift);
        trace.fraction = fraction(gcra, after);
        trace.refundedBefore = before;
        trace.backlog = admits && answer > maxDelay && maxDelay >= 0 ? backlog : after;
        trace.shared = at == set + SHARED;
      }
      return answer;
    } finally {
      unlock(set);
    }
  }

  /**
   * Replaces an admitted cost by the true one; why that is safe, see {@link
   * LeakyBucketCore#settle}.
   */
  void settle(Trace trace, long cost, long actual) {
    Gcra gcra = requireNonNull(trace.gcra);
    int set = set(trace.hash);
    lock(set);
    try {
      Plan current = adapted(set);
      if (current.epoch != trace.epoch) {
        return; // nothing certain can be said of what is left
      }
      long now = now();
      int at = claim(set, trace.hash, now);
      long backlog = backlog(set, at, trace.hash, gcra, current.ceiling, now);
      if (actual > cost) {
        long full = Math.max(backlog, gcra.fullest);
        store(set, at, gcra, now, Math.min(full, backlog + gcra.weigh(actual - cost)));
        return;
      }
      int stripe = stripe(trace.hash);
      long since = refunded.get(stripe) - trace.refundedBefore;
      long ahead = trace.tat - since - now;
      if (ahead < 0) {
        return;
      }
      long floor =
          gcra.units(Math.min(ahead, gcra.ceilNanos(gcra.fullest)))
              + (trace.fraction >> (Gcra.MAX_SHIFT - gcra.shift));
      long refund = Math.min(gcra.weigh(cost) - gcra.weigh(actual), Math.min(floor, backlog));
      if (backlog != floor) { // somebody came after this request
        refunded.addAndGet(stripe, gcra.ceilNanos(refund));
      }
      store(set, at, gcra, now, backlog - refund);
    } finally {
      unlock(set);
    }
  }

  /** Returns where a key's TAT stands, valid while its set is locked. */
  private int claim(int set, long hash, long now) {
    int free = -1;
    for (int i = 0; i < SLOTS; i++) {
      if ((words[set + HASHES + i] ^ hash) >>> Gcra.MAX_SHIFT == 0) {
        return set + TATS + i;
      }
      if (free < 0 && isFree(set, i, now)) {
        free = i;
      }
    }
    if (free < 0) {
      return set + SHARED;
    }
    // The key may have spent from the shared bucket while there was no room for it.
    words[set + HASHES + free] = hash & ~FRACTION | words[set] & FRACTION;
    words[set + TATS + free] = words[set + SHARED];
    return set + TATS + free;
  }

  private boolean isFree(int set, int slot, long now) {
    long hash = words[set + HASHES + slot];
    long ahead = words[set + TATS + slot] - now;
    return hash == 0 || ahead < 0 || ahead == 0 && (hash & FRACTION) == 0;
  }

  /** Where the fraction of a TAT stands: with the hash, or of the shared one, with the lock. */
  private static int fractionOf(int set, int at) {
    return at == set + SHARED ? set : at - SLOTS;
  }

  /**
   * Returns the backlog in the plan's units. A TAT further ahead than the fullest bucket's is the
   * trace of a clock that went back, or of a wider limit that this key had: the bucket is full
   * then.
   */
  private long backlog(int set, int at, long hash, Gcra gcra, long ceiling, long now) {
    long ahead = words[at] - now;
    if (ahead < 0) {
      return 0;
    }
    long full = Math.max(gcra.fullest, ceiling);
    long most = gcra.ceilNanos(full);
    if (ahead > most) {
      refunded.addAndGet(stripe(hash), ahead - most);
      store(set, at, gcra, now, full);
      return full;
    }
    long fraction = (words[fractionOf(set, at)] & FRACTION) >> (Gcra.MAX_SHIFT - gcra.shift);
    return Math.min(full, gcra.units(ahead) + fraction);
  }

  /**
   * Changes the limit of keys that have none of their own, and keeps their backlogs in requests:
   * each set is adapted when it is next looked at, and all of them before this returns.
   */
  synchronized void reconfigure(Gcra gcra) {
    Plan old = plan;
    long ceiling =
        Math.max(gcra.fullest, Math.min(gcra.translate(old.ceiling, old.gcra), 1L << 60));
    plan = new Plan(gcra, ceiling, old.epoch + 1 & EPOCHS, old);
    forEachSet((set, now) -> {});
    plan = new Plan(gcra, ceiling, plan.epoch, null);
  }

  /** Brings a locked set to the current plan. Every set is at this plan or the one before. */
  private Plan adapted(int set) {
    Plan current = plan;
    Plan previous = current.previous;
    if (previous != null && epoch(set) != current.epoch) {
      long now = now();
      for (int at = set + SHARED;
          at < set + STRIDE;
          at = at == set + SHARED ? set + TATS : at + 1) {
        long backlog =
            backlog(set, at, words[fractionOf(set, at)], previous.gcra, previous.ceiling, now);
        long kept = Math.min(current.ceiling, current.gcra.translate(backlog, previous.gcra));
        if (backlog > 0) {
          store(set, at, current.gcra, now, kept);
        }
      }
      words[set] =
          words[set] & ~((long) EPOCHS << EPOCH_SHIFT) | (long) current.epoch << EPOCH_SHIFT;
    }
    return current;
  }

  private int epoch(int set) {
    return (int) (words[set] >>> EPOCH_SHIFT) & EPOCHS;
  }

  private void store(int set, int at, Gcra gcra, long now, long backlog) {
    int with = fractionOf(set, at);
    words[at] = now + (backlog >> gcra.shift);
    words[with] = words[with] & ~FRACTION | fraction(gcra, backlog);
  }

  private static long fraction(Gcra gcra, long units) {
    return (units << (Gcra.MAX_SHIFT - gcra.shift)) & FRACTION;
  }

  private static int stripe(long hash) {
    return (int) (hash >>> 24) & (REFUND_STRIPES - 1);
  }

  /** Makes a hash that no free slot has, and whose lowest bits the fraction may take. */
  static long usable(long hash) {
    return hash >>> Gcra.MAX_SHIFT == 0 ? 1L << Gcra.MAX_SHIFT : hash;
  }

  private int set(long hash) {
    return (int) Math.multiplyHigh(hash >>> 1, 2L * sets) * STRIDE;
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

  /** Counts the keys in debt, set by set. */
  long live() {
    var live = new LongAdder();
    forEachSet((set, now) -> {
      for (int i = 0; i < SLOTS; i++) {
        live.add(isFree(set, i, now) ? 0 : 1);
      }
    });
    return live.sum();
  }

  private interface SetVisitor {
    void visit(int set, long now);
  }

  private void forEachSet(SetVisitor visitor) {
    for (int set = 0; set < words.length; set += STRIDE) {
      lock(set);
      try {
        adapted(set);
        visitor.visit(set, now());
      } finally {
        unlock(set);
      }
    }
  }

  /**
   * The acquiring exchange and the releasing write order all plain accesses to the set between
   * them.
   */
  private void lock(int set) {
    while (true) {
      long word = (long) WORD.getOpaque(words, set);
      if (word >= 0 && WORD.weakCompareAndSetAcquire(words, set, word, word | LOCKED)) {
        return;
      }
      Thread.onSpinWait();
    }
  }

  private void unlock(int set) {
    WORD.setRelease(words, set, words[set] & ~LOCKED);
  }
}
