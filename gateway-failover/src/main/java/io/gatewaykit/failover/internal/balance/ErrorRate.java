// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.balance;

/**
 * A recent failure rate in one 64-bit word. Each outcome moves it by a sixteenth of the difference,
 * or by the fraction that has decayed since the last outcome if that is larger; while idle it
 * decays with a half-life of five seconds. Sixteen failures thus suffice to identify a node that
 * fails fast, and a node without traffic recovers. Pure functions, as in {@link PeakEwma}.
 */
public final class ErrorRate {
  /** The time in which the failure rate of an idle node halves. */
  public static final long HALF_LIFE_NANOS = 5_000_000_000L;

  private static final float STEP = 1 / 16f;
  private static final int TICK_SHIFT = 20; // 1.05 ms

  private ErrorRate() {}

  /** Returns the word after an outcome. */
  public static long sample(long word, boolean failed, long now) {
    float rate = Float.intBitsToFloat((int) (word >>> 32));
    float step = Math.max(STEP, 1 - left(word, now));
    float next = rate + ((failed ? 1 : 0) - rate) * step;
    if (next < 1e-4f) {
      return 0; // a node without failures stays at 0, and reading it requires no clock
    }
    return (long) Float.floatToRawIntBits(next) << 32 | now >>> TICK_SHIFT & 0xffff_ffffL;
  }

  /** Returns the rate now, 0 to 1. */
  public static float read(long word, long now) {
    return word == 0 ? 0 : Float.intBitsToFloat((int) (word >>> 32)) * left(word, now);
  }

  private static float left(long word, long now) {
    if (word == 0) {
      return 1;
    }
    long ticks = (now >>> TICK_SHIFT) - word & 0xffff_ffffL;
    double halves = ticks * (double) (1 << TICK_SHIFT) / HALF_LIFE_NANOS;
    return halves < 1e-2
        ? (float) (1 - halves * 0.6931)
        : (float) StrictMath.exp(-halves * 0.693147);
  }
}
