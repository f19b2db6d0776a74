// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.window;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The last {@code size} calls, exactly.
 *
 * <p>A ring with two bits per call. Its length is a power of two, so that an index needs no
 * division. Call number {@code p} writes its flags at {@code p} and clears those of {@code p -
 * size}, which have just left the window. Both are exchanges whose difference is added to the
 * totals, so totals and ring always agree, even if a thread stalls for an entire revolution. On the
 * fast path, when both calls were good, neither entry changes, and drawing the number is the only
 * write.
 */
public final class CountWindow implements CallWindow {
  public static final int MAX_SIZE = 1 << 16;

  private static final int ENTRIES = 32; // per word

  private final int size;
  private final int ringMask;
  private final AtomicLongArray ring;
  private final AtomicLong drawn = new AtomicLong();

  /**
   * Failed calls in the upper half, slow calls in the lower; either may be transiently negative.
   */
  private final AtomicLong bad = new AtomicLong();

  public CountWindow(int size) {
    this.size = size;
    int length = Math.max(ENTRIES, Integer.highestOneBit(size) << 1); // more than size
    ringMask = length - 1;
    ring = new AtomicLongArray(length / ENTRIES);
  }

  @Override
  public boolean needsTime() {
    return false;
  }

  @Override
  public long record(int flags, long now) {
    long position = drawn.getAndIncrement();
    long change = exchange(position, flags) + exchange(position - size, 0);
    // The order matters: draw, then add, then read both. Of two threads whose calls together exceed
    // the rate, the later one sees both calls.
    long sum = change == 0 ? bad.get() : bad.addAndGet(change);
    return sum == 0 ? UNCHANGED : totals(drawn.get(), sum);
  }

  @Override
  public long totals(long now) {
    return totals(drawn.get(), bad.get());
  }

  private long totals(long calls, long sum) {
    int slow = (int) sum;
    int failed = (int) (sum - slow >> 32);
    return CallWindow.pack(Math.min(calls, size), Math.max(0, failed), Math.max(0, slow));
  }

  /** Replaces the flags at an index and returns the resulting change of the sum. */
  private long exchange(long position, int flags) {
    int index = (int) position & ringMask;
    int word = index / ENTRIES;
    int shift = index % ENTRIES * 2;
    while (true) {
      long before = ring.get(word);
      int old = (int) (before >>> shift) & 3;
      if (old == flags) {
        return 0;
      }
      long after = before & ~(3L << shift) | (long) flags << shift;
      if (ring.compareAndSet(word, before, after)) {
        return sum(flags) - sum(old);
      }
    }
  }

  private static long sum(int flags) {
    return (flags & FAILED) == 0 ? (flags & SLOW) / SLOW : (1L << 32) + (flags & SLOW) / SLOW;
  }
}
