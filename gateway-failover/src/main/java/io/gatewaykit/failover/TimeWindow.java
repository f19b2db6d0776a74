package io.gatewaykit.failover;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The calls of the last while, in ten slices: the oldest one leaves whole, so the window is nine
 * tenths to all of its length.
 *
 * <p>A slice is replaced, not cleared, when its time comes round again: a thread that is late adds
 * to the old object, which nobody reads any more, and no count is lost or comes back. That is one
 * small object per slice, whatever the traffic.
 */
final class TimeWindow implements BreakerWindow {
  static final int SLICES = 10;

  private static final long LONG_AGO = Long.MIN_VALUE / 2;

  private final long sliceNanos;
  private final int minCalls;
  private final AtomicReferenceArray<Slice> slices = new AtomicReferenceArray<>(SLICES);

  /** The last slice with a bad call in it; a hint that may lag behind but only on purpose ahead. */
  private final AtomicLong lastBad = new AtomicLong(LONG_AGO);

  /** The slice written last, so that most calls find theirs without a division; a hint. */
  private volatile Slice latest;

  /** The slice in which the totals were last judged with enough calls in them. */
  private volatile long judged = LONG_AGO;

  TimeWindow(long lengthNanos, int minCalls) {
    sliceNanos = Math.max(1, lengthNanos / SLICES);
    this.minCalls = minCalls;
    for (int i = 0; i < SLICES; i++) {
      slices.set(i, new Slice(LONG_AGO, 0));
    }
    latest = slices.get(0);
  }

  @Override
  public boolean needsTime() {
    return true;
  }

  @Override
  public long record(int marks, long now) {
    Slice slice = latest;
    long age = now - slice.from;
    if (slice.epoch == LONG_AGO || age < 0 || age >= sliceNanos) {
      slice = slice(Math.floorDiv(now, sliceNanos));
      latest = slice; // a thread that is late may set it back, and the next call forward again
    }
    long epoch = slice.epoch;
    slice.calls.getAndIncrement();
    if (marks == 0) {
      // Within a slice good calls only lower a rate that was judged; a new slice may raise it,
      // because good calls leave the window.
      if (judged == epoch || epoch - lastBad.get() >= SLICES) {
        return NOTHING_NEW;
      }
    } else {
      slice.bad.getAndAdd((marks & FAILED) == 0 ? 1 : (1L << 32) + (marks & SLOW) / SLOW);
      if (lastBad.get() < epoch) {
        lastBad.set(epoch);
      }
    }
    long totals = sum(epoch);
    if (BreakerWindow.calls(totals) >= minCalls && judged != epoch) {
      judged = epoch;
    }
    return totals;
  }

  @Override
  public long totals(long now) {
    return sum(Math.floorDiv(now, sliceNanos));
  }

  private long sum(long epoch) {
    long calls = 0;
    long bad = 0;
    for (int i = 0; i < SLICES; i++) {
      Slice slice = slices.get(i);
      long age = epoch - slice.epoch;
      if (age >= 0 && age < SLICES) {
        calls += slice.calls.get();
        bad += slice.bad.get();
      }
    }
    return BreakerWindow.pack(calls, bad >>> 32, bad & 0xffff_ffffL);
  }

  private Slice slice(long epoch) {
    int index = (int) Math.floorMod(epoch, (long) SLICES);
    while (true) {
      Slice slice = slices.get(index);
      if (slice.epoch >= epoch) {
        return slice; // later: this thread's clock reading is old, and its call counts as new
      }
      Slice fresh = new Slice(epoch, epoch * sliceNanos);
      if (slices.compareAndSet(index, slice, fresh)) {
        return fresh;
      }
    }
  }

  private static final class Slice {
    final long epoch;
    final long from; // by the ticker
    final AtomicLong calls = new AtomicLong();
    final AtomicLong bad = new AtomicLong(); // failed above, slow in the low half

    Slice(long epoch, long from) {
      this.epoch = epoch;
      this.from = from;
    }
  }
}
