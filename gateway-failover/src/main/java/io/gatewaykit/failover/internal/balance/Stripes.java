package io.gatewaykit.failover.internal.balance;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A few numbers per thread, without thread locals: threads share a small set of cache lines by
 * their id, so two of them rarely meet on one.
 *
 * <p>An update is a plain read and a plain write. Where two threads do meet an update may be lost,
 * so two picks may get the same place in a cycle; what is never lost is the distribution, and a
 * shared counter would cost every pick a cache line that travels between cores.
 */
public final class Stripes {
  private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int LINE = 16; // longs: two cache lines, for the adjacent-line prefetcher
  private static final int COUNT = count();
  private static final long GAMMA = 0x9e3779b97f4a7c15L;

  private final long[] slots = new long[slots()]; // 0: nobody has come to this one yet
  private final long seed;
  private final AtomicInteger begun = new AtomicInteger();

  /**
   * Starts with random numbers that depend on the seed and on the order in which threads come, and
   * not on which threads they are: so one thread sees the same numbers again, whatever its id.
   */
  public Stripes(long seed) {
    this.seed = seed;
  }

  private static int count() {
    int wanted = Math.min(64, 4 * Runtime.getRuntime().availableProcessors());
    return Integer.highestOneBit(Math.max(2, wanted));
  }

  /** Returns the size of an array that has a place for each stripe. */
  static int slots() {
    return (COUNT + 1) * LINE;
  }

  /** Returns the calling thread's place in such an array. */
  static int mine() {
    return (((int) Thread.currentThread().getId() & (COUNT - 1)) + 1) * LINE;
  }

  /** Returns a random number of this thread's sequence (SplitMix64). */
  public long random() {
    int slot = mine();
    long last = (long) LONGS.getOpaque(slots, slot);
    long next = (last == 0 ? mix(seed + begun.getAndIncrement() * GAMMA) : last) + GAMMA;
    LONGS.setOpaque(slots, slot, next);
    return mix(next);
  }

  /** Returns true once in 64 calls of a thread: when to do what need not be done each time. */
  public boolean sometimes() {
    int slot = mine() + 1;
    long calls = (long) LONGS.getOpaque(slots, slot) + 1;
    LONGS.setOpaque(slots, slot, calls);
    return (calls & 63) == 0;
  }

  /** Spreads the bits of a number; a bijection (Stafford's variant 13). */
  public static long mix(long number) {
    long z = number;
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }

  /** Returns a number of 0 to bound-1 from the high bits of a random number. */
  public static int bounded(long random, int bound) {
    return (int) ((random >>> 32) * bound >>> 32);
  }
}
