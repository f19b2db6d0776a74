// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.window;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The calls of a sliding window in ten slices. The oldest slice expires as a unit, so the window
 * covers between nine tenths of its length and all of it.
 *
 * <p>When an index is reused, its slice is replaced, not cleared: a delayed thread adds to the old
 * object, which is no longer read, so no count is lost or reappears. This costs one small object
 * per slice, regardless of traffic.
 */
public final class TimeWindow implements CallWindow {
  static final int SLICES = 10;

  private static final long LONG_AGO = Long.MIN_VALUE / 2;

  private final long sliceNanos;
  private final int minCalls;
  private final AtomicReferenceArray<Slice> slices = new AtomicReferenceArray<>(SLICES);

  /**
   * The last slice with a failed or slow call. A hint: it may lag, and is never ahead of such a
   * call.
   */
  private final AtomicLong lastBad = new AtomicLong(LONG_AGO);

  /** The slice written last, so that most calls find theirs without a division. A hint. */
  private volatile Slice latest;

  /** The slice in which totals with enough calls were last evaluated. */
  private volatile long evaluatedEpoch = LONG_AGO;

  public TimeWindow(long lengthNanos, int minCalls) {
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
  public long record(int flags, long now) {
    Slice slice = latest;
    long age = now - slice.from;
    if (slice.epoch == LONG_AGO || age < 0 || age >= sliceNanos) {
      slice = slice(Math.floorDiv(now, sliceNanos));
      latest = slice; // a delayed thread may set it back; the next call advances it again
    }
    long epoch = slice.epoch;
    slice.calls.getAndIncrement();
    if (flags == 0) {
      // Within a slice, good calls only lower a rate that was already evaluated. A new slice may
      // raise it, because good calls leave the window.
      if (evaluatedEpoch == epoch || epoch - lastBad.get() >= SLICES) {
        return UNCHANGED;
      }
    } else {
      slice.bad.getAndAdd((flags & FAILED) == 0 ? 1 : (1L << 32) + (flags & SLOW) / SLOW);
      if (lastBad.get() < epoch) {
        lastBad.set(epoch);
      }
    }
    long totals = sum(epoch);
    if (CallWindow.calls(totals) >= minCalls && evaluatedEpoch != epoch) {
      evaluatedEpoch = epoch;
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
    return CallWindow.pack(calls, bad >>> 32, bad & 0xffff_ffffL);
  }

  private Slice slice(long epoch) {
    int index = (int) Math.floorMod(epoch, (long) SLICES);
    while (true) {
      Slice slice = slices.get(index);
      if (slice.epoch >= epoch) {
        return slice; // newer: the clock reading of this thread is old, and its call counts as new
      }
      Slice replacement = new Slice(epoch, epoch * sliceNanos);
      if (slices.compareAndSet(index, slice, replacement)) {
        return replacement;
      }
    }
  }

  private static final class Slice {
    final long epoch;
    final long from; // ticker reading
    final AtomicLong calls = new AtomicLong();
    final AtomicLong bad = new AtomicLong(); // failed in the upper half, slow in the lower

    Slice(long epoch, long from) {
      this.epoch = epoch;
      this.from = from;
    }
  }
}
