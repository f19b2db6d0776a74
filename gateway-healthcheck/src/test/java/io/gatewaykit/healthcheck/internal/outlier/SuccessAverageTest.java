// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.outlier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The figures of Finagle's failure accrual. */
class SuccessAverageTest {
  private static final long SECOND = 1_000_000_000;

  @ParameterizedTest
  @CsvSource({"0.5, 70", "0.8, 23", "0.9, 11"})
  void afterAHundredSuccesses_soManyFailuresAreNeeded(double least, int failures) {
    var average = new SuccessAverage(100 * SECOND);
    long now = Long.MAX_VALUE - 20 * SECOND; // the clock overflows meanwhile
    for (int i = 0; i < 100; i++, now += SECOND) {
      assertThat(average.count(true, 5, now)).isEqualTo(1);
    }
    int needed = 1;
    while (average.count(false, 5, now) >= least) {
      needed++;
      now += SECOND;
    }
    assertThat(needed).isEqualTo(failures);
  }

  @Test
  void result_coversTheTimeBeforeIt() {
    var average = new SuccessAverage(10 * SECOND);
    average.count(true, 1, 0);
    assertThat(average.count(false, 1, 10 * SECOND)).isCloseTo(Math.exp(-1), within(1e-12));
    assertThat(average.count(true, 1, 20 * SECOND))
        .isCloseTo(1 - Math.exp(-1) + Math.exp(-2), within(1e-12));
  }

  @Test
  void fewOrEarlyRequests_areNotJudged() {
    var average = new SuccessAverage(10 * SECOND);
    for (int i = 0; i < 10; i++) {
      assertThat(average.count(false, 5, i * SECOND)).as("within the first window").isEqualTo(1);
    }
    assertThat(average.count(false, 5, 10 * SECOND)).isZero();
    assertThat(average.count(false, 5, 60 * SECOND)).as("one a minute is too few").isEqualTo(1);
    average.reset();
    assertThat(average.count(false, 1, 61 * SECOND)).isEqualTo(1);
  }
}
