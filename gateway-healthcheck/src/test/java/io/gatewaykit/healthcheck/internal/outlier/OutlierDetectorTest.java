// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.outlier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** The formulas of Envoy's outlier detection. */
class OutlierDetectorTest {
  @Test
  void successRate_hasEnvoysMeanAndDeviation() {
    long[] good = {50, 100, 100, 100, 100};
    long[] bad = {50, 0, 0, 0, 0};
    assertThat(OutlierDetector.minSuccessRate(good, bad, 5, 1.9)).isCloseTo(52, within(1e-9));
    long[] rates = {600, 470, 170, 430, 300};
    long[] rest = {400, 530, 830, 570, 700};
    double mean = OutlierDetector.minSuccessRate(rates, rest, 5, 0);
    assertThat(mean).isCloseTo(39.4, within(1e-9));
    assertThat(mean - OutlierDetector.minSuccessRate(rates, rest, 5, 1))
        .isCloseTo(14.732277488562318, within(1e-9));
  }

  @Test
  void ejections_growAsEnvoys() {
    long ten = 10;
    for (int i = 1; i <= 40; i++) {
      assertThat(OutlierDetector.ejectionNanos(ten, 300, i)).isEqualTo(Math.min(300, 10L * i));
    }
    assertThat(OutlierDetector.jitter(123_456_789, 10_000)).isEqualTo(4_445);
  }
}
