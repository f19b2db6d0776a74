package io.gatewaykit.failover.internal.balance;

/**
 * A latency score in one 64-bit word: rises to a peak at once, decays towards what is measured.
 *
 * <p>On a sample above the score the score becomes the sample; on one below, score = score · w +
 * sample · (1 - w) with w = exp(-dt / tau). So a node that turns slow is avoided at its first slow
 * answer, and forgiven over the time tau. While idle the score decays towards 0, so that an idle
 * node is tried again in the end. Source: Finagle's {@code PeakEwma}.
 *
 * <p>The word holds the score as a float (nanoseconds) and the time as 32 bits of 65.5 µs, which
 * come round after three days; a node idle for longer is forgiven a little late. All pure
 * functions: callers publish words as they like, and a lost update is a lost sample.
 */
public final class PeakEwma {
  private static final int TICK_SHIFT = 16; // 65.5 µs
  private static final int STEPS = 64; // table entries for one tau
  private static final int TAUS = 16; // beyond that nothing is left

  private final float[] decay = new float[STEPS * TAUS + 1];
  private final double stepsPerTick;

  /** Decays with this time constant. */
  public PeakEwma(long tauNanos) {
    stepsPerTick = (double) (1L << TICK_SHIFT) / tauNanos * STEPS;
    for (int i = 0; i < decay.length; i++) {
      decay[i] = (float) StrictMath.exp(-(double) i / STEPS);
    }
  }

  /** Returns the word after a sample. */
  public long sample(long word, long sampleNanos, long now) {
    if (word == 0) {
      return pack((float) sampleNanos, now);
    }
    float score = score(word);
    if (sampleNanos > score) {
      return pack((float) sampleNanos, now);
    }
    float left = left(word, now);
    return pack(score * left + sampleNanos * (1 - left), now);
  }

  /** Returns the score now, in nanoseconds; 0 before any sample. */
  public float read(long word, long now) {
    return word == 0 ? 0 : score(word) * left(word, now);
  }

  /** Returns the score as it was at the last sample. */
  public static float score(long word) {
    return Float.intBitsToFloat((int) (word >>> 32));
  }

  private static long pack(float score, long now) {
    // At least a bit of score: a word of 0 means that nothing was measured.
    int bits = Float.floatToRawIntBits(Math.max(score, 1));
    return (long) bits << 32 | now >>> TICK_SHIFT & 0xffff_ffffL;
  }

  /** Returns what is left of the score, 0 to 1. */
  private float left(long word, long now) {
    long ticks = (now >>> TICK_SHIFT) - word & 0xffff_ffffL;
    double steps = ticks * stepsPerTick;
    int index = (int) steps;
    if (index >= decay.length - 1) {
      return 0;
    }
    float part = (float) (steps - index);
    return decay[index] + (decay[index + 1] - decay[index]) * part;
  }
}
