// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The memory of a {@link SlotTable}: sets of eight slots, two cache lines each.
 *
 * <p>A slot is a mark and a TAT. Each half of a set is one line: four marks, and their four TATs.
 * One bit of a key's hash selects the half that is searched, and filled, first. Most decisions
 * therefore touch a single cache line, and with a million keys cache misses dominate their cost.
 *
 * <p>A mark is 43 bits of the hash, one bit of the table, and a fraction of a nanosecond; 0 if the
 * slot was never used. A TAT is a time of 63 bits, and the parity of its limit, so that both change
 * atomically. The two words of a slot are kept consistent as follows:
 *
 * <ul>
 *   <li>A key enters a slot only while its set is locked: the TAT is set to {@link #BUSY}, the mark
 *       is written, and then the TAT (with release). Only a slot whose TAT has passed can be
 *       entered, unless all writers lock the set.
 *   <li>All other writers change TATs by compare-and-set, without the lock. A thread that reads a
 *       TAT (with acquire) and then finds its own mark has read its own TAT or an older one; a
 *       newer one would have made the newer mark visible.
 *   <li>A compare-and-set from an older TAT fails: entering a slot makes its time later than the
 *       one that had passed, and a refund never moves it before the time of the refund.
 * </ul>
 */
final class SlotMemory {
  static final int SLOTS = 8;

  /** The bits of a mark that hold the key's hash. */
  static final long TAG = -1L << 21;

  /** The bit of a mark that the table can use. */
  static final long FLAG = 1L << 20;

  static final long FRACTION = FLAG - 1;

  /** The TAT of a slot that is being entered. */
  static final long BUSY = Long.MIN_VALUE;

  private static final int HALF = SLOTS / 2;
  private static final int LINE = 2 * HALF;
  private static final int STRIDE = 2 * LINE;

  /** Aligns sets to cache lines (where the array is): its elements start 16 bytes after it. */
  private static final int SKEW = 6;

  private static final int STRIPES = 256;
  private static final int SPINS = 64;
  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

  final int sets;
  private final long[] words;

  /** TATs of the buckets shared by keys without a slot; read and written with the set locked. */
  private final long[] shared;

  private final long[] locks = new long[STRIPES * LINE];

  SlotMemory(int minimumSlots) {
    sets = Math.max(1, (minimumSlots + SLOTS - 1) / SLOTS);
    words = new long[Math.addExact(SKEW, Math.multiplyExact(sets, STRIDE))];
    shared = new long[sets];
  }

  int set(long hash) {
    return (int) Math.multiplyHigh(hash >>> 1, 2L * sets);
  }

  static int stripe(int set) {
    return set & STRIPES - 1;
  }

  /** Returns the index of a key's TAT, or -1. */
  int find(int set, long hash) {
    int first = home(set, hash);
    int at = findIn(first, hash);
    return at >= 0 ? at : findIn(other(first), hash);
  }

  private int findIn(int line, long hash) {
    for (int i = line; i < line + HALF; i++) {
      if ((((long) WORD.getAcquire(words, i) ^ hash) & TAG) == 0) {
        return i + HALF;
      }
    }
    return -1;
  }

  /** Returns the TAT index of a slot that is free at the given time, or -1. */
  int findFree(int set, long hash, long now) {
    int line = home(set, hash);
    for (int half = 0; half < 2; half++, line = other(line)) {
      for (int i = line + HALF; i < line + LINE; i++) {
        if (isFree(i, (long) WORD.getOpaque(words, i), now)) {
          return i;
        }
      }
    }
    return -1;
  }

  /** Returns whether a slot with the given TAT is free at the given time. */
  boolean isFree(int at, long tat, long now) {
    return untilTat(tat, now) < 0 || mark(at) == 0;
  }

  /** Returns the TAT index of the slot that will be free first. */
  int firstToDrain(int set, long now) {
    int least = tatOf(set, 0);
    for (int slot = 1; slot < SLOTS; slot++) {
      int at = tatOf(set, slot);
      least = untilTat(tat(at), now) < untilTat(tat(least), now) ? at : least;
    }
    return least;
  }

  /** Returns the time by which a TAT is ahead of now; valid within 146 years either way. */
  static long untilTat(long tat, long now) {
    return tat - (now << 1) >> 1;
  }

  private static int home(int set, long hash) {
    return SKEW + set * STRIDE + (int) (hash >>> 32 & 1) * LINE;
  }

  /** Returns the other line of the same set; the bits below the set number select the half. */
  private static int other(int line) {
    return (line - SKEW ^ LINE) + SKEW;
  }

  /** Returns the TAT index of a slot, 0 to 7. */
  static int tatOf(int set, int slot) {
    return SKEW + set * STRIDE + slot / HALF * LINE + HALF + slot % HALF;
  }

  long tat(int at) {
    return (long) WORD.getAcquire(words, at);
  }

  boolean replace(int at, long seen, long next) {
    return WORD.compareAndSet(words, at, seen, next);
  }

  long mark(int at) {
    return (long) WORD.getAcquire(words, at - HALF);
  }

  /** Changes the flag or fraction of a slot in a locked set. */
  void mark(int at, long mark) {
    WORD.setRelease(words, at - HALF, mark);
  }

  /** Assigns a slot of a locked set to a key. Returns false if its TAT has changed. */
  boolean enter(int at, long seen, long mark, long tat) {
    if (!replace(at, seen, BUSY)) {
      return false;
    }
    mark(at, mark);
    WORD.setRelease(words, at, tat);
    return true;
  }

  /** Returns the mark of a key, without a fraction. */
  static long markOf(long hash, boolean flag) {
    return hash & TAG | (flag ? FLAG : 0);
  }

  /** Returns a hash whose tag is not zero, which would mean an unused slot. */
  static long usable(long hash) {
    return (hash & TAG) == 0 ? -TAG : hash;
  }

  /** Counts the slots whose TAT has not passed, without locking. */
  long live(long now) {
    long live = 0;
    for (int set = 0; set < sets; set++) {
      for (int slot = 0; slot < SLOTS; slot++) {
        int at = tatOf(set, slot);
        live += untilTat(tat(at), now) > 0 && mark(at) != 0 ? 1 : 0;
      }
    }
    return live;
  }

  long shared(int set) {
    return shared[set];
  }

  void shared(int set, long tat) {
    shared[set] = tat;
  }

  /**
   * Locks a set against concurrent entries, for a few dozen instructions that make no calls except
   * to the ticker.
   */
  @SuppressWarnings("ThreadPriorityCheck") // yields only to let the lock holder run
  void lock(int set) {
    int at = stripe(set) * LINE;
    for (int spins = 0; !WORD.weakCompareAndSetAcquire(locks, at, 0L, 1L); spins++) {
      if (spins < SPINS) {
        Thread.onSpinWait();
      } else { // the holder may be waiting for this processor
        Thread.yield();
      }
    }
  }

  void unlock(int set) {
    WORD.setRelease(locks, stripe(set) * LINE, 0L);
  }
}
