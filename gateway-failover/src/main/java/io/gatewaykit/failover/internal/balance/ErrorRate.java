package io.gatewaykit.failover.internal.balance;

/**
 * A recent share of failures in one 64-bit word. Each outcome moves it by a sixteenth of the
 * difference, or by as much as time has passed if that is more, and while idle it decays, by half
 * in five seconds. So sixteen failures are enough to condemn a node that fails fast, and a node
 * that gets no traffic is forgiven. Pure functions, as in {@link PeakEwma}.
 */
public final class ErrorRate {
  /** In so much time an idle node is forgiven half of its failures. */
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
      return 0; // so that a node without failures stays at 0, and its readers need no clock
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
