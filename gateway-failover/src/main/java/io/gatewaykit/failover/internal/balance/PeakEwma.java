// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.balance;

/**
 * A latency score in one 64-bit word, which rises to a peak immediately and decays towards the
 * measurements.
 *
 * <p>A sample above the score replaces it; after a sample below, score = score · w + sample · (1 -
 * w) with w = exp(-dt / tau). A node that becomes slow is thus avoided after its first slow
 * response, and recovers over the time tau. While idle, the score decays towards 0, so that an idle
 * node is eventually tried again [1].
 *
 * <p>The word holds the score as a float (nanoseconds) and the time as 32 bits of 65.5 µs, which
 * wrap around after three days; the score of a node that is idle for longer decays slightly late.
 * All functions are pure: callers publish words as they choose, and a lost update is a lost sample.
 *
 * <ol>
 *   <li>Finagle, {@code com.twitter.finagle.loadbalancer.PeakEwma}
 * </ol>
 */
public final class PeakEwma {
  private static final int TICK_SHIFT = 16; // 65.5 µs
  private static final int STEPS = 64; // table entries per tau
  private static final int TAUS = 16; // beyond that the score is 0

  private final float[] decay = new float[STEPS * TAUS + 1];
  private final double stepsPerTick;

  /** Creates scores that decay with this time constant. */
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

  /** Returns the current score in nanoseconds; 0 before any sample. */
  public float read(long word, long now) {
    return word == 0 ? 0 : score(word) * left(word, now);
  }

  /** Returns the score as of the last sample. */
  public static float score(long word) {
    return Float.intBitsToFloat((int) (word >>> 32));
  }

  private static long pack(float score, long now) {
    // At least 1 ns: a word of 0 means no sample.
    int bits = Float.floatToRawIntBits(Math.max(score, 1));
    return (long) bits << 32 | now >>> TICK_SHIFT & 0xffff_ffffL;
  }

  /** Returns the remaining fraction of the score, 0 to 1. */
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
