// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LatencyHistogramTest {
  private final LatencyHistogram histogram = new LatencyHistogram();

  @ParameterizedTest
  @ValueSource(doubles = {0.01, 0.5, 0.9, 0.99, 1})
  void quantile_logUniformLatencies_isWithinTheStatedError(double quantile) {
    var random = new Random(7);
    long[] latencies = new long[10_000];
    for (int i = 0; i < latencies.length; i++) {
      latencies[i] = (long) Math.exp(Math.log(2e3) + random.nextDouble() * Math.log(3e7));
      histogram.record(latencies[i]);
    }
    Arrays.sort(latencies);
    double exact = latencies[(int) Math.ceil(quantile * latencies.length) - 1];

    assertThat(LatencyHistogram.quantile(sum(), quantile) / exact).isCloseTo(1, within(0.0626));
    assertThat(LatencyHistogram.quantileBound(sum(), quantile) / exact).isBetween(1.0, 1.1251);
  }

  @Test
  void quantile_noRecord_isMinusOne() {
    assertThat(LatencyHistogram.quantile(sum(), 0.5)).isEqualTo(-1);
    assertThat(LatencyHistogram.quantileBound(sum(), 0.5)).isEqualTo(-1);
  }

  @Test
  void record_outsideTheRange_countsInTheFirstOrLastBucket() {
    histogram.record(-1);
    histogram.record(0);
    histogram.record(Long.MAX_VALUE);

    assertThat(LatencyHistogram.count(sum())).isEqualTo(3);
    assertThat(LatencyHistogram.quantile(sum(), 0.5)).isBetween(1_000L, 1_200L);
    assertThat(LatencyHistogram.quantile(sum(), 1)).isBetween(64_000_000_000L, 69_000_000_000L);
  }

  @Test
  void countAbove_countsHigherBucketsOnly() {
    for (long millis = 1; millis <= 100; millis++) {
      histogram.record(millis * 1_000_000);
    }

    assertThat(LatencyHistogram.countAbove(sum(), 50_000_000)).isBetween(44L, 50L);
  }

  @Test
  void moveTo_takesEachRecordOnce() {
    histogram.record(1_000_000);
    long[] first = LatencyHistogram.newSum();
    histogram.moveTo(first);
    histogram.record(2_000_000);
    long[] second = LatencyHistogram.newSum();
    histogram.moveTo(second);

    assertThat(LatencyHistogram.count(first)).isEqualTo(1);
    assertThat(LatencyHistogram.quantile(second, 1)).isBetween(1_900_000L, 2_200_000L);
    assertThat(LatencyHistogram.count(sum())).isZero();
  }

  @Test
  void clear_removesAllRecords() {
    histogram.record(1_000_000);
    histogram.clear();

    assertThat(LatencyHistogram.count(sum())).isZero();
  }

  private long[] sum() {
    long[] sum = LatencyHistogram.newSum();
    histogram.addTo(sum);
    return sum;
  }
}
