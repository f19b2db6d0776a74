package io.gatewaykit.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

class LatencyHistogramPropertyTest {
  private final LatencyHistogram histogram = new LatencyHistogram();

  @Property(tries = 300)
  void quantile_anyRecords_isNearTheExactOne(
      @ForAll @Size(min = 1, max = 60) List<@LongRange(min = 1_100, max = 60_000_000_000L) Long> latencies,
      @ForAll @DoubleRange(min = 0.01, max = 1) double quantile,
      @ForAll @LongRange(min = -100_000_000_000L, max = 100_000_000_000L) long now) {
    var fresh = new LatencyHistogram();
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
  void quantile_oldRecords_areForgotten() {
    histogram.record(5_000_000, 0);
    assertThat(quantile(histogram, 0.5, LatencyHistogram.HALF_NANOS)).isPositive();
    assertThat(quantile(histogram, 0.5, 2 * LatencyHistogram.HALF_NANOS)).isEqualTo(-1);
    histogram.record(9_000_000, 2 * LatencyHistogram.HALF_NANOS);
    assertThat((double) quantile(histogram, 0, 2 * LatencyHistogram.HALF_NANOS))
        .isCloseTo(9e6, within(6e5));
  }

  @Example
  void record_extremes_goToTheOuterBuckets() {
    histogram.record(-1, 0);
    assertThat(quantile(histogram, 1, 0)).isLessThan(1_200);
    histogram.record(Long.MAX_VALUE, 0);
    assertThat(quantile(histogram, 1, 0)).isGreaterThan(60_000_000_000L);
  }

  private static long quantile(LatencyHistogram histogram, double quantile, long now) {
    long[] sum = LatencyHistogram.newSum();
    histogram.addTo(sum, now);
    return LatencyHistogram.quantile(sum, quantile);
  }
}
