// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.balance;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A few numbers per thread, without thread locals: threads are mapped by id to a small set of cache
 * lines, so two of them rarely share one.
 *
 * <p>An update is a plain read and a plain write. If two threads do share a slot, an update may be
 * lost, so two picks may receive the same position in a cycle. The distribution is unaffected,
 * whereas a shared counter would cost every pick a cache line that bounces between cores.
 */
public final class Stripes {
  private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int LINE = 16; // longs: two cache lines, for the adjacent-line prefetcher
  private static final int COUNT = count();
  private static final long GAMMA = 0x9e3779b97f4a7c15L;

  private final long[] slots = new long[slots()]; // 0: not used yet
  private final long seed;
  private final AtomicInteger started = new AtomicInteger();

  /**
   * Starts random sequences that depend on the seed and on the order in which threads arrive, and
   * not on thread ids, so that a single thread always sees the same numbers.
   */
  public Stripes(long seed) {
    this.seed = seed;
  }

  private static int count() {
    int wanted = Math.min(64, 4 * Runtime.getRuntime().availableProcessors());
    return Integer.highestOneBit(Math.max(2, wanted));
  }

  /** Returns the size of an array with a slot for each stripe. */
  static int slots() {
    return (COUNT + 1) * LINE;
  }

  /** Returns the index of the calling thread's slot in such an array. */
  static int currentSlot() {
    return (((int) Thread.currentThread().getId() & (COUNT - 1)) + 1) * LINE;
  }

  /** Returns the next random number of this thread's sequence (SplitMix64). */
  public long random() {
    int slot = currentSlot();
    long last = (long) LONGS.getOpaque(slots, slot);
    long next = (last == 0 ? mix(seed + started.getAndIncrement() * GAMMA) : last) + GAMMA;
    LONGS.setOpaque(slots, slot, next);
    return mix(next);
  }

  /** Returns true on every 64th call of a thread; used to amortize periodic work. */
  public boolean everySixtyFourth() {
    int slot = currentSlot() + 1;
    long calls = (long) LONGS.getOpaque(slots, slot) + 1;
    LONGS.setOpaque(slots, slot, calls);
    return (calls & 63) == 0;
  }

  /** Mixes the bits of a number; a bijection (Stafford's variant 13). */
  public static long mix(long number) {
    long z = number;
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }

  /** Returns a number from 0 to bound-1, from the high bits of a random number. */
  public static int bounded(long random, int bound) {
    return (int) ((random >>> 32) * bound >>> 32);
  }
}
