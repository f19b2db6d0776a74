package io.gatewaykit.failover;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The last {@code size} calls, exactly.
 *
 * <p>A ring of two bits a call, its length a power of two, so that a place is found without a
 * division. Call number {@code p} writes its marks at {@code p} and wipes those of {@code p -
 * size}, which have just left the window. Both are exchanges whose difference is added to the
 * totals, so totals and ring always agree, even if a thread stalls for a whole turn. In the usual
 * case, good calls only, neither place changes and the one write is the number drawn.
 */
final class CountWindow implements BreakerWindow {
  static final int MAX_SIZE = 1 << 16;

  private static final int PLACES = 32; // in a word

  private final int size;
  private final int ringMask;
  private final AtomicLongArray ring;
  private final AtomicLong drawn = new AtomicLong();

  /** Failed calls above, slow calls in the low half; either may be negative for a moment. */
  private final AtomicLong bad = new AtomicLong();

  CountWindow(int size) {
    this.size = size;
    int length = Math.max(PLACES, Integer.highestOneBit(size) << 1); // more than size
    ringMask = length - 1;
    ring = new AtomicLongArray(length / PLACES);
  }

  @Override
  public boolean needsTime() {
    return false;
  }

  @Override
  public long record(int marks, long now) {
    long place = drawn.getAndIncrement();
    long change = exchange(place, marks) + exchange(place - size, 0);
    // The order matters: draw, then add, then read both. Of two threads whose calls together make
    // the rate too high, the later one sees both calls.
    long sum = change == 0 ? bad.get() : bad.addAndGet(change);
    return sum == 0 ? NOTHING_NEW : totals(drawn.get(), sum);
  }

  @Override
  public long totals(long now) {
    return totals(drawn.get(), bad.get());
  }

  private long totals(long calls, long sum) {
    int slow = (int) sum;
    int failed = (int) (sum - slow >> 32);
    return BreakerWindow.pack(Math.min(calls, size), Math.max(0, failed), Math.max(0, slow));
  }

  /** Puts the marks in the place and returns what that changes in the sum. */
  private long exchange(long place, int marks) {
    int index = (int) place & ringMask;
    int word = index / PLACES;
    int shift = index % PLACES * 2;
    while (true) {
      long before = ring.get(word);
      int old = (int) (before >>> shift) & 3;
      if (old == marks) {
        return 0;
      }
      long after = before & ~(3L << shift) | (long) marks << shift;
      if (ring.compareAndSet(word, before, after)) {
        return sum(marks) - sum(old);
      }
    }
  }

  private static long sum(int marks) {
    return (marks & FAILED) == 0 ? (marks & SLOW) / SLOW : (1L << 32) + (marks & SLOW) / SLOW;
  }
}
