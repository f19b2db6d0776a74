// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ScoresTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long MILLI = 1_000_000L;

  /** The worked example for a time constant of ten seconds. */
  @Test
  void peakEwma_workedExample() {
    var ewma = new PeakEwma(10 * SECOND);
    long word = ewma.sample(0, 100 * MILLI, SECOND);
    assertThat(ewma.read(word, SECOND)).isEqualTo(100f * MILLI);
    word = ewma.sample(word, 50 * MILLI, 2 * SECOND);
    assertThat(ewma.read(word, 2 * SECOND) / MILLI).isCloseTo(95.2419f, within(0.01f));
    word = ewma.sample(word, 200 * MILLI, 3 * SECOND);
    assertThat(ewma.read(word, 3 * SECOND) / MILLI).isEqualTo(200f);
    assertThat(ewma.read(word, 13 * SECOND) / MILLI).isCloseTo(73.5759f, within(0.02f));
  }

  @Test
  void peakEwma_manySmallSteps_decaysAsOneBigOne() {
    var ewma = new PeakEwma(10 * SECOND);
    long word = ewma.sample(0, 100 * MILLI, 0);
    for (long t = MILLI; t <= 10 * SECOND; t += MILLI) {
      word = ewma.sample(word, 1, t);
    }
    assertThat(ewma.read(word, 10 * SECOND) / MILLI).isCloseTo(36.79f, within(0.8f));
  }

  @Test
  void peakEwma_negativeClock_works() {
    var ewma = new PeakEwma(SECOND);
    long word = ewma.sample(0, 100 * MILLI, -5 * SECOND);
    assertThat(ewma.read(word, -4 * SECOND) / MILLI).isCloseTo(36.79f, within(0.1f));
  }

  @Test
  void errorRate_risesWithConsecutiveFailures_decaysWithTime() {
    long word = 0;
    for (int i = 0; i < 32; i++) {
      word = ErrorRate.sample(word, true, i * MILLI);
    }
    assertThat(ErrorRate.read(word, 32 * MILLI)).isGreaterThan(0.85f);
    long later = 32 * MILLI + ErrorRate.HALF_LIFE_NANOS;
    assertThat(ErrorRate.read(word, later))
        .isCloseTo(ErrorRate.read(word, 32 * MILLI) / 2, within(0.01f));
    for (int i = 0; i < 200; i++) {
      word = ErrorRate.sample(word, false, 33 * MILLI + i * MILLI);
    }
    assertThat(word).as("back to 0, which needs no clock to read").isZero();
  }
}
