package io.gatewaykit.ratelimit;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

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
 * <p>Each set has a spin lock, held for a few dozen instructions and never across a call out. Cost:
 * about 18.3 bytes a slot. Sized for 60 to 75 % live keys, sets overflow rarely.
 */
final class SlotTable {
  static final int SLOTS = 8;

  /** Lock, shared TAT, eight hashes, eight TATs. */
  private static final int STRIDE = 2 + 2 * SLOTS;

  private static final int SHARED = 1;
  private static final int HASHES = 2;
  private static final int TATS = HASHES + SLOTS;
  private static final long EMPTY = 0;
  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] words;
  private final int sets;
  private final LongSupplier clock;
  private final LongAdder overflows = new LongAdder();

  /**
   * Creates an empty table.
   *
   * @param clock the time in units; read while a set is locked, so that it never goes back within a
   *     set unless the clock itself does
   */
  SlotTable(int minimumSlots, LongSupplier clock) {
    this.clock = clock;
    sets = Math.max(1, (minimumSlots + SLOTS - 1) / SLOTS);
    words = new long[Math.multiplyExact(sets, STRIDE)];
  }

  /** Where a key's TAT stands, valid while its set is locked. */
  private int locate(int set, long hash, Gcra gcra, long now) {
    int free = -1;
    for (int i = 0; i < SLOTS; i++) {
      if (words[set + HASHES + i] == hash) {
        return set + TATS + i;
      }
      if (free < 0 && isFree(set, i, gcra, now)) {
        free = i;
      }
    }
    if (free < 0) {
      return set + SHARED;
    }
    words[set + HASHES + free] = hash;
    // The key may have spent from the shared bucket while there was no room for it.
    words[set + TATS + free] = now + gcra.backlog(words[set + SHARED], now);
    return set + TATS + free;
  }

  private boolean isFree(int set, int slot, Gcra gcra, long now) {
    return words[set + HASHES + slot] == EMPTY || gcra.backlog(words[set + TATS + slot], now) == 0;
  }

  /**
   * Decides for the key, and takes the cost if it is admitted and {@code take} says so.
   *
   * @param take whether to take at all, and whether also if that needs a delay
   * @param after where to note the backlog after the decision, or an empty array
   */
  long decide(long keyHash, Gcra gcra, long cost, Take take, long[] after) {
    long hash = keyHash == EMPTY ? 1 : keyHash;
    int set = (int) Math.multiplyHigh(hash >>> 1, 2L * sets) * STRIDE;
    lock(set);
    try {
      long now = clock.getAsLong();
      int at = locate(set, hash, gcra, now);
      if (gcra.isImpossible(words[at], now)) {
        words[at] = gcra.full(now);
      }
      if (at == set + SHARED) {
        overflows.increment();
      }
      long backlog = gcra.backlog(words[at], now);
      long answer = gcra.decide(backlog, cost);
      boolean admitted = answer >= 0 && (answer == 0 || take != Take.WITHOUT_DELAY);
      if (admitted && take != Take.NOTHING) {
        words[at] = gcra.advance(backlog, now, cost);
      }
      if (after.length > 0) {
        after[0] = admitted ? backlog + cost * gcra.interval : backlog;
      }
      return answer;
    } finally {
      unlock(set);
    }
  }

  /** What a decision takes if it admits. */
  enum Take {
    NOTHING,
    WITHOUT_DELAY,
    ALWAYS
  }

  int slots() {
    return sets * SLOTS;
  }

  long overflows() {
    return overflows.sum();
  }

  /** Counts the keys in debt, set by set. */
  long live(Gcra gcra) {
    long live = 0;
    for (int set = 0; set < words.length; set += STRIDE) {
      lock(set);
      try {
        long now = clock.getAsLong();
        for (int i = 0; i < SLOTS; i++) {
          live += isFree(set, i, gcra, now) ? 0 : 1;
        }
      } finally {
        unlock(set);
      }
    }
    return live;
  }

  /**
   * The acquiring exchange and the releasing write order all plain accesses to the set between
   * them.
   */
  private void lock(int set) {
    while (!WORD.weakCompareAndSetAcquire(words, set, 0L, 1L)) {
      Thread.onSpinWait();
    }
  }

  private void unlock(int set) {
    WORD.setRelease(words, set, 0L);
  }
}
