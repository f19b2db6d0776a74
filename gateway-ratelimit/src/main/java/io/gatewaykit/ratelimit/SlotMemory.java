package io.gatewaykit.ratelimit;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The memory of a {@link SlotTable}: sets of eight slots, two cache lines each.
 *
 * <p>A slot is a mark and a TAT. Each half of a set is one line: four marks, and their four TATs.
 * One bit of a key's hash names the half in which it is looked for, and put, first; so most
 * decisions touch one line of memory, and with a million keys that is what they cost.
 *
 * <p>A mark is 43 bits of the hash, one bit of the user's, and a fraction of a nanosecond; 0 if the
 * slot was never entered. A TAT is a time of 63 bits, and the parity of the plan it belongs to, so
 * that both change in one step. How the two words of a slot stay together:
 *
 * <ul>
 *   <li>A key enters a slot only with its set locked: it makes the TAT {@link #BUSY}, writes the
 *       mark, and then the TAT (with release). Only a slot whose time has passed can be entered.
 *   <li>Everybody else changes TATs by compare-and-set, without the lock. Who reads a TAT (with
 *       acquire) and then finds the mark to be its own, has read its own TAT or an older one; a
 *       newer one would have shown the newer mark.
 *   <li>A compare-and-set from an older TAT fails: whoever enters makes the time later than the one
 *       that had passed, and a refund stops at the time at which it is made.
 * </ul>
 */
final class SlotMemory {
  static final int SLOTS = 8;

  /** The bits of a mark that are the key's hash. */
  static final long TAG = -1L << 21;

  /** The bit of a mark that is the user's. */
  static final long FLAG = 1L << 20;

  static final long FRACTION = FLAG - 1;

  /** The TAT of a slot that is being entered. */
  static final long BUSY = Long.MIN_VALUE;

  private static final int HALF = SLOTS / 2;
  private static final int LINE = 2 * HALF;
  private static final int STRIDE = 2 * LINE;

  /** An array's elements begin 16 bytes after it; its sets, at a line (where the array does). */
  private static final int SKEW = 6;

  private static final int STRIPES = 256;
  private static final int SPINS = 64;
  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

  final int sets;
  private final long[] words;

  /** The TAT of the bucket that keys without a slot share; read and written with the set locked. */
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

  /** Returns where a key's TAT stands, or -1. */
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

  /** Returns where the TAT of a slot stands that a key could enter at the given time, or -1. */
  int findFree(int set, long hash, long now) {
    int line = home(set, hash);
    for (int half = 0; half < 2; half++, line = other(line)) {
      for (int i = line + HALF; i < line + LINE; i++) {
        if (ahead((long) WORD.getOpaque(words, i), now) < 0 || mark(i) == 0) {
          return i;
        }
      }
    }
    return -1;
  }

  /** Returns where the TAT of the slot stands that will be free first. */
  int leastAhead(int set, long now) {
    int least = tatOf(set, 0);
    for (int slot = 1; slot < SLOTS; slot++) {
      int at = tatOf(set, slot);
      least = ahead(tat(at), now) < ahead(tat(least), now) ? at : least;
    }
    return least;
  }

  /** Returns by how much a TAT lies ahead of now, if that is less than 146 years either way. */
  static long ahead(long tat, long now) {
    return tat - (now << 1) >> 1;
  }

  private static int home(int set, long hash) {
    return SKEW + set * STRIDE + (int) (hash >>> 32 & 1) * LINE;
  }

  /** Returns the other line of the same set; the bits below a set's number name the half. */
  private static int other(int line) {
    return (line - SKEW ^ LINE) + SKEW;
  }

  /** Returns where the TAT of a slot stands, 0 to 7. */
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

  /** Changes the flag or fraction of a slot whose set is locked. */
  void mark(int at, long mark) {
    WORD.setRelease(words, at - HALF, mark);
  }

  /** Lets a key enter a slot of its locked set. Returns whether it was still as seen. */
  boolean enter(int at, long seen, long mark, long tat) {
    if (!replace(at, seen, BUSY)) {
      return false;
    }
    mark(at, mark);
    WORD.setRelease(words, at, tat);
    return true;
  }

  long shared(int set) {
    return shared[set];
  }

  void shared(int set, long tat) {
    shared[set] = tat;
  }

  /**
   * Locks a set against others that would enter it: for a few dozen instructions, while which
   * nothing is called but the ticker.
   */
  @SuppressWarnings("ThreadPriorityCheck") // yields only so as not to burn its holder's time
  void lock(int set) {
    int at = stripe(set) * LINE;
    for (int spins = 0; !WORD.weakCompareAndSetAcquire(locks, at, 0L, 1L); spins++) {
      if (spins < SPINS) {
        Thread.onSpinWait();
      } else { // its holder may be waiting for this very processor
        Thread.yield();
      }
    }
  }

  void unlock(int set) {
    WORD.setRelease(locks, stripe(set) * LINE, 0L);
  }
}
