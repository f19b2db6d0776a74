// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gatewaykit.api.internal.LatencyHistogram;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

class LatencyWindowPropertyTest {
  private final LatencyWindow histogram = new LatencyWindow();

  @Property(tries = 300, seed = "1")
  void quantile_anyRecords_isCloseToTheExactOne(
      @ForAll @Size(min = 1, max = 60) List<@LongRange(min = 1_100, max = 60_000_000_000L) Long> latencies,
      @ForAll @DoubleRange(min = 0.01, max = 1) double quantile,
      @ForAll @LongRange(min = -100_000_000_000L, max = 100_000_000_000L) long now) {
    var fresh = new LatencyWindow();
    latencies.forEach(nanos -> fresh.record(nanos, now));
    double exact =
        latencies.stream()
            .sorted()
            .skip((long) Math.ceil(quantile * latencies.size()) - 1)
            .findFirst()
            .orElseThrow();
    assertThat((double) quantile(fresh, quantile, now)).isCloseTo(exact, within(exact * 0.0625));
  }

  @Example
  void quantile_oldRecords_expire() {
    histogram.record(5_000_000, 0);
    assertThat(quantile(histogram, 0.5, LatencyWindow.HALF_NANOS)).isPositive();
    assertThat(quantile(histogram, 0.5, 2 * LatencyWindow.HALF_NANOS)).isEqualTo(-1);
    histogram.record(9_000_000, 2 * LatencyWindow.HALF_NANOS);
    assertThat((double) quantile(histogram, 0, 2 * LatencyWindow.HALF_NANOS))
        .isCloseTo(9e6, within(6e5));
  }

  @Example
  void record_extremes_areCountedInTheOuterBuckets() {
    histogram.record(-1, 0);
    assertThat(quantile(histogram, 1, 0)).isLessThan(1_200);
    histogram.record(Long.MAX_VALUE, 0);
    assertThat(quantile(histogram, 1, 0)).isGreaterThan(60_000_000_000L);
  }

  private static long quantile(LatencyWindow histogram, double quantile, long now) {
    long[] sum = LatencyHistogram.newSum();
    histogram.addTo(sum, now);
    return LatencyHistogram.quantile(sum, quantile);
  }
}
