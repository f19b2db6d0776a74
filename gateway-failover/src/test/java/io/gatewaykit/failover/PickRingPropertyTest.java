// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.internal.balance.SmoothWeighted;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** The picks of a group against nginx's sequence, across events. */
class PickRingPropertyTest {
  private static final int MAX_FAILS = 1000; // no ejection, which the model does not know

  private final ManualTicker ticker = new ManualTicker(Duration.ofSeconds(1).toNanos());
  private final ScriptedHealth health = new ScriptedHealth();

  private FailoverGroup<Integer> group(int[] weights) {
    return FailoverGroup.<Integer>builder("g")
        .line(line(weights))
        .endpoints(EndpointPolicy.builder().maxFails(MAX_FAILS).build())
        .lines(
            LinePolicy.builder()
                .panic(PanicMode.FAIL_OPEN, 0)
                .switcher(LineSwitcher.immediate())
                .build())
        .health(health)
        .ticker(ticker)
        .seed(7)
        .build();
  }

  private static Line<Integer> line(int[] weights) {
    var endpoints = new ArrayList<Endpoint<Integer>>();
    for (int i = 0; i < weights.length; i++) {
      endpoints.add(Endpoint.of("e" + i, i).withWeight(weights[i]));
    }
    return new Line<>("l", 0, endpoints);
  }

  private static int pick(FailoverGroup<Integer> group) {
    return requireNonNull(group.pick(new SelectContext())).payload();
  }

  /** Advances the model to the position of the group, which starts anywhere in the cycle. */
  private static void align(SmoothWeighted model, FailoverGroup<Integer> group, int cycle) {
    var picks = new ArrayList<Integer>();
    for (int i = 0; i < cycle; i++) {
      picks.add(pick(group));
    }
    var modelPicks = new ArrayList<Integer>();
    for (int i = 0; i < 2 * cycle; i++) {
      modelPicks.add(model.pick());
    }
    int offset = 0;
    while (!modelPicks.subList(offset, offset + cycle).equals(picks)) {
      offset++; // fails if the picks are no rotation of the cycle
    }
    for (int i = 0; i < offset; i++) {
      int unused = model.pick(); // two cycles were played: the model is at its head
    }
  }

  @Property(tries = 300, seed = "1")
  void picks_throughEvents_equalTheModel(
      @ForAll @Size(min = 1, max = 6) List<@IntRange(min = 1, max = 40) Integer> weightsList,
      @ForAll @Size(max = 60) List<@IntRange(min = 0, max = 1_000_000) Integer> events) {
    int[] weights = weightsList.stream().mapToInt(i -> i).toArray();
    int gcd = 0;
    for (int weight : weights) {
      gcd = java.math.BigInteger.valueOf(gcd).gcd(java.math.BigInteger.valueOf(weight)).intValue();
    }
    var model = new SmoothWeighted(weights);
    try (FailoverGroup<Integer> group = group(weights)) {
      align(model, group, weightsList.stream().mapToInt(i -> i).sum() / gcd);
      var down = new boolean[weights.length];
      for (int event : events) {
        int index = event / 8 % weights.length;
        switch (event % 8) {
          case 0 -> {
            down[index] = !down[index];
            Assume.that(!allTrue(down));
            health.set("e" + index, down[index] ? Health.UNHEALTHY : Health.HEALTHY);
            // the table is rebuilt by the next pick, and at most a fifth of the time
            ticker.advance(Duration.ofSeconds(2));
            model.eligible(index, !down[index]);
          }
          case 1 -> {
            // weights of failed attempts recover with later picks
            var context = new SelectContext();
            Lease<Integer> lease = requireNonNull(group.select(context));
            assertThat(lease.payload()).isEqualTo(model.pick());
            lease.end(Outcome.FAILURE, 500);
            model.failed(lease.payload(), MAX_FAILS);
          }
          default -> {
            for (int i = 0; i < event % 97; i++) {
              assertThat(pick(group)).isEqualTo(model.pick());
            }
          }
        }
      }
    } finally {
      for (int i = 0; i < weights.length; i++) {
        health.set("e" + i, Health.HEALTHY);
      }
    }
  }

  private static boolean allTrue(boolean[] values) {
    for (boolean value : values) {
      if (!value) {
        return false;
      }
    }
    return true;
  }

  @Test
  void pick_noticesAnEventWithinAFewPicks_withoutATableMarkedStale() {
    try (FailoverGroup<Integer> group = group(new int[] {3, 2, 1})) {
      for (int i = 0; i < 1000; i++) {
        pick(group);
      }
      ticker.advance(Duration.ofSeconds(5));
      health.set("e0", Health.UNHEALTHY);
      for (int i = 0; i < 1000; i++) {
        assertThat(pick(group)).isNotZero();
      }
    }
  }

  /** 1,000 endpoints have an evenly spaced cycle, and a ring of it. */
  @Test
  void manyEndpoints_eachCycleIsExact() {
    var weights = new int[1000];
    int sum = 0;
    for (int i = 0; i < weights.length; i++) {
      weights[i] = 1 + i % 10;
      sum += weights[i];
    }
    try (FailoverGroup<Integer> group = group(weights)) {
      for (int i = 0; i < 200; i++) {
        pick(group); // until the ring is in use
      }
      Map<Integer, Integer> picks = new TreeMap<>();
      for (int i = 0; i < 2 * sum; i++) {
        picks.merge(pick(group), 1, Integer::sum);
      }
      for (int i = 0; i < weights.length; i++) {
        assertThat(picks.get(i)).isEqualTo(2 * weights[i]);
      }
    }
  }

  @Test
  void twoLines_eachHasItsOwnRing() {
    FailoverGroup<Integer> group =
        FailoverGroup.builder(
                "g",
                Topology.<Integer>builder()
                    .line("a", line -> line.weight(3).endpoint("a0", 0, 2).endpoint("a1", 1, 1))
                    .line("b", line -> line.weight(1).endpoint("b0", 2, 1).endpoint("b1", 3, 1))
                    .build())
            .ticker(ticker)
            .seed(7)
            .build();
    var picks = new int[4];
    for (int i = 0; i < 40_000; i++) {
      picks[pick(group)]++;
    }
    int inA = picks[0] + picks[1];
    assertThat(inA).isBetween(29_650, 30_350); // four standard deviations
    assertThat(Math.abs(picks[0] - 2 * picks[1])).isLessThanOrEqualTo(2);
    assertThat(Math.abs(picks[2] - picks[3])).isLessThanOrEqualTo(1);
    group.close();
  }
}
