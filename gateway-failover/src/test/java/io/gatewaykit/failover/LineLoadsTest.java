// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gatewaykit.failover.internal.line.FlapPenalty;
import io.gatewaykit.failover.internal.line.LineLoads;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@SuppressWarnings("StringSplitter") // well-formed test data
class LineLoadsTest {
  /** Envoy's arithmetic in its steps of 1/100; levels are given as healthy/total. */
  @ParameterizedTest
  @CsvSource({
    "100/100 100/100, 100 0, '. .'",
    "72/100 100/100, 100 0, '. .'",
    "71/100 100/100, 99 1, '. .'",
    "50/100 100/100, 70 30, '. .'",
    "25/100 100/100, 35 65, '. .'",
    "0/100 100/100, 0 100, '. .'",
    "71/100 71/100, 99 1, '. .'",
    "50/100 60/100, 70 30, '. .'",
    "5/100 65/100, 8 92, 'P .'",
    "25/100 25/100 100/100, 35 35 30, '. . .'",
    "0/100 30/100 100/100, 0 42 58, '. . .'",
    "2/3 3/3, 93 7, '. .'",
    "1/2 2/2, 70 30, '. .'",
    "25/100 25/100, 50 50, 'P P'",
    "25/100 25/100 20/100, 37 35 28, 'P P P'",
    "0/100 0/100, 0 0, 'P P'",
  })
  void of_sameAsEnvoy(String levels, String loads, String panic) {
    String[] parts = levels.trim().split(" ");
    var healthy = new long[parts.length];
    var total = new long[parts.length];
    for (int i = 0; i < parts.length; i++) {
      String[] numbers = parts[i].split("/");
      healthy[i] = Long.parseLong(numbers[0]);
      total[i] = Long.parseLong(numbers[1]);
    }
    var caps = new int[parts.length];
    Arrays.fill(caps, 100);
    int norm = LineLoads.norm(100, 1400, healthy, total);
    var panics = new StringBuilder();
    for (int i = 0; i < parts.length; i++) {
      panics.append(i == 0 ? "" : " ");
      panics.append(LineLoads.panic(100, norm, healthy[i], total[i], 0.5) ? 'P' : '.');
    }
    assertThat(panics.toString()).isEqualTo(panic);
    int[] result = LineLoads.of(100, 1400, healthy, total, caps);
    assertThat(Arrays.stream(result).sum()).isEqualTo(norm == 0 ? 0 : 100);
    String[] expected = loads.trim().split(" ");
    for (int i = 0; i < expected.length; i++) {
      assertThat(result[i]).isEqualTo(Integer.parseInt(expected[i]));
    }
  }

  /** Panic in all levels: traffic is distributed by the size of each level. */
  @ParameterizedTest
  @CsvSource({"100 100 100, 34 33 33", "10 2, 84 16", "100 100, 50 50"})
  void divide_totalPanic_bySize(String sizes, String loads) {
    double[] shares = Arrays.stream(sizes.split(" ")).mapToDouble(Double::parseDouble).toArray();
    int[] expected = Arrays.stream(loads.split(" ")).mapToInt(Integer::parseInt).toArray();
    assertThat(LineLoads.divide(100, shares)).containsExactly(expected);
  }

  @Property(seed = "1")
  void of_anyLevels_sumIsExact_capsHoldIfOthersCarryTheRest(
      @ForAll @Size(min = 1, max = 6) List<@LongRange(min = 0, max = 50) Long> healthyList,
      @ForAll @IntRange(min = 0, max = 1024) int cap) {
    long[] healthy = healthyList.stream().mapToLong(i -> i).toArray();
    var total = new long[healthy.length];
    Arrays.fill(total, 50);
    var caps = new int[healthy.length];
    Arrays.fill(caps, 1024);
    caps[0] = cap;
    int[] loads = LineLoads.of(1024, 1400, healthy, total, caps);
    int norm = LineLoads.norm(1024, 1400, healthy, total);
    assertThat(Arrays.stream(loads).sum()).isEqualTo(norm == 0 ? 0 : 1024);
    for (int i = 0; i < loads.length; i++) {
      assertThat(loads[i] == 0 || healthy[i] > 0).isTrue();
    }
    long[] others = healthy.clone();
    others[0] = 0;
    if (LineLoads.norm(1024, 1400, others, total) + cap >= 1024) {
      assertThat(loads[0]).isLessThanOrEqualTo(cap);
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 0, 1000", "60, 120, 2866.6"})
  void penalty_bgpNumbers(long secondFlap, long at, double expected) {
    var penalty = new FlapPenalty(1000, 2000, 750, seconds(900));
    penalty.flap(0);
    if (secondFlap > 0) {
      penalty.flap(seconds(secondFlap));
      penalty.flap(seconds(120));
    }
    assertThat(penalty.value(seconds(at))).isCloseTo(expected, within(0.1));
    if (expected > 2000) {
      assertThat(penalty.reusableInNanos(seconds(at)) / 1e9).isCloseTo(1741, within(1.0));
    }
  }

  @Test
  void penalty_defaults() {
    var penalty = new FlapPenalty(1, 2.0, 0.75, seconds(60));
    penalty.flap(0);
    assertThat(penalty.suppressed(0)).isFalse();
    penalty.flap(seconds(20));
    penalty.flap(seconds(40));
    assertThat(penalty.value(seconds(40))).isCloseTo(2.4237, within(0.0001));
    assertThat(penalty.suppressed(seconds(40))).isTrue();
    assertThat(penalty.reusableInNanos(seconds(40)) / 1e9).isCloseTo(101.5, within(0.1));
    assertThat(penalty.suppressed(seconds(141))).isTrue();
    assertThat(penalty.suppressed(seconds(142))).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "1.0, 0.10 0.10 0.10 0.25 0.50 0.75 0.98",
    "2.0, 0.129 0.129 0.316 0.50 0.707 0.866 0.992",
    "0.5, 0.10 0.10 0.10 0.10 0.25 0.56 0.967",
  })
  void slowStart_envoysFactors(double aggression, String factors) {
    long[] ages = {0, 1, 6, 15, 30, 45, 59};
    String[] expected = factors.trim().split(" ");
    for (int i = 0; i < ages.length; i++) {
      long age = Math.max(ages[i], 1); // Envoy's minimum age is one time unit, here a second
      assertThat(SlowStart.factor(seconds(age), seconds(60), aggression))
          .isCloseTo(Double.parseDouble(expected[i]), within(0.005));
    }
  }

  @ParameterizedTest
  @CsvSource({"1.25, 10, 1, 4, 4", "1.25, 0, 1, 4, 1", "2.0, 9, 3, 4, 15"})
  void boundedHash_capacity(double bound, int open, int weight, int weights, long capacity) {
    assertThat(HashPicker.capacity(bound, open, weight, weights)).isEqualTo(capacity);
  }

  private static long seconds(long seconds) {
    return seconds * 1_000_000_000L;
  }
}
