// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Regression tests for bugs reported against other balancers. */
class BalancersTest extends BalancerFixture {
  static Stream<Balancer> balancers() {
    return Stream.of(
        Balancer.smoothWeighted(),
        Balancer.weightedRandom(),
        Balancer.leastRequest(2),
        Balancer.peakEwma(Duration.ofSeconds(10)),
        Balancer.consistentHash(),
        Balancer.boundedHash(1.25),
        Balancer.first());
  }

  @DisplayName("R-01: smooth weighted: frequent updates do not starve the tail")
  @Tag("slow")
  @Test
  void smooth_frequentUpdates_doNotStarveTheTail() {
    var group = group(Balancer.smoothWeighted(), equal(100));
    var counts = new HashMap<String, Integer>();
    for (int i = 0; i < 60_000; i++) {
      counts.merge(pick(group), 1, Integer::sum);
      if (i % 10 == 0) {
        group.update(List.of(new Line<>("l", 0, equal(100 + i / 10 % 2))));
      }
    }
    for (int i = 0; i < 100; i++) {
      assertThat(counts.get("e" + i)).isBetween(480, 720);
    }
  }

  @DisplayName("R-02: smooth weighted: the first picks of new groups are distributed by weight")
  @Test
  void smooth_firstPicksOfNewGroups_areDistributedByWeight() {
    int light = 0;
    for (int seed = 1; seed <= 3000; seed++) {
      var group =
          FailoverGroup.<String>builder("g")
              .line(Line.of("l", 0, weighted("a", 99), weighted("b", 1)))
              .seed(seed * 7919L)
              .ticker(ticker)
              .build();
      light += pick(group).equals("b") ? 1 : 0;
    }
    assertThat(light).isBetween(8, 60); // 30 expected
  }

  @DisplayName("R-03: smooth weighted: changed weights take effect immediately")
  @Test
  void smooth_changedWeights_takeEffectImmediately() {
    var group = group(Balancer.smoothWeighted(), List.of(weighted("a", 1), weighted("b", 1)));
    assertThat(counts(group, 100)).containsEntry("a", 50);
    group.update(List.of(Line.of("l", 0, weighted("a", 3), weighted("b", 1))));
    assertThat(counts(group, 100)).containsEntry("a", 75);
    group.update(List.of(Line.of("l", 0, weighted("a", 2), weighted("b", 2))));
    assertThat(counts(group, 100)).containsEntry("a", 50);
  }

  @DisplayName(
      "R-04: weight 0 receives no traffic until restored; all weights 0 means equal weights")
  @ParameterizedTest
  @MethodSource("balancers")
  void weightZero_receivesNoTraffic_allZeroMeansEqual(Balancer balancer) {
    var group = group(balancer, List.of(weighted("a", 0), weighted("b", 1)));
    assertThat(counts(group, 50)).containsOnlyKeys("b");
    group.update(List.of(Line.of("l", 0, weighted("a", 1), weighted("b", 0))));
    assertThat(counts(group, 50)).containsOnlyKeys("a");
    group.update(List.of(Line.of("l", 0, weighted("a", 0), weighted("b", 0))));
    Map<String, Integer> equal = counts(group, 400);
    if (!balancer.rule().equals(new Balancer.First())) {
      assertThat(equal.get("a")).isBetween(130, 270);
    }
  }

  @DisplayName(
      "R-06, R-07: smooth weighted: shares remain exact while an endpoint is down and after its return")
  @Test
  void smooth_oneDown_sharesRemainExactAndAfterItsReturn() {
    var group = group(Balancer.smoothWeighted(), equal(5));
    health.set("e1", Health.UNHEALTHY);
    Map<String, Integer> without = counts(group, 400);
    assertThat(without).doesNotContainKey("e1");
    assertThat(without.values()).allMatch(count -> Math.abs(count - 100) <= 1);
    health.set("e1", Health.HEALTHY);
    assertThat(counts(group, 500).values()).allMatch(count -> Math.abs(count - 100) <= 1);
  }

  @DisplayName("R-08: smooth weighted: the heaviest endpoint is not picked in bursts")
  @Test
  void smooth_heaviest_isNotPickedInBursts() {
    var group = group(Balancer.smoothWeighted(), List.of(weighted("a", 5), weighted("b", 2)));
    int run = 0;
    for (int i = 0; i < 700; i++) {
      run = pick(group).equals("a") ? run + 1 : 0;
      assertThat(run).isLessThanOrEqualTo((int) Math.ceil(5 / 2.0) + 1);
    }
  }

  @DisplayName("R-09: two random choices: idle endpoints are picked uniformly")
  @ParameterizedTest
  @MethodSource("twoChoices")
  void twoChoices_idle_areUniform(Balancer balancer) {
    var group = group(balancer, equal(7));
    Map<String, Integer> counts = counts(group, 70_000);
    double chiSquare = 0;
    for (int count : counts.values()) {
      chiSquare += (count - 10_000.0) * (count - 10_000.0) / 10_000;
    }
    assertThat(chiSquare).as("6 degrees of freedom, p = 1e-6").isLessThan(38.3);
  }

  static Stream<Balancer> twoChoices() {
    return Stream.of(Balancer.leastRequest(2), Balancer.peakEwma(Duration.ofSeconds(10)));
  }

  @DisplayName("R-11, R-12: cursors are not shared between groups or with keyed requests")
  @Test
  void cursors_areNotSharedBetweenGroupsOrWithKeyedRequests() {
    var one = group(Balancer.smoothWeighted(), equal(4));
    var other = group(Balancer.smoothWeighted(), equal(4));
    var seen = new HashSet<String>();
    for (int i = 0; i < 4; i++) {
      seen.add(pick(one));
      pick(other);
    }
    assertThat(seen).hasSize(4);
  }

  @DisplayName("R-20: the only healthy endpoint of fifty is always found")
  @ParameterizedTest
  @MethodSource("balancers")
  void oneHealthyOfFifty_isAlwaysFound(Balancer balancer) {
    var group =
        builder(balancer, equal(50))
            .lines(LinePolicy.builder().panic(PanicMode.FAIL_OPEN, 0).build())
            .build();
    IntStream.range(0, 50).filter(i -> i != 31).forEach(i -> health.set("e" + i, Health.UNHEALTHY));
    assertThat(counts(group, 500)).containsOnlyKeys("e31");
  }

  @Label("R-67, R-68: exclusion is exact with every balancer, and the key returns to its owner")
  @Property(tries = 60, seed = "1")
  void exclusion_isExact_whileAnEndpointRemains(
      @ForAll @IntRange(min = 0, max = 6) int which,
      @ForAll @IntRange(min = 1, max = 12) int n,
      @ForAll long key) {
    Balancer balancer = balancers().toList().get(which);
    var group =
        builder(balancer, equal(n))
            .endpoints(EndpointPolicy.builder().maxFails(1000).build())
            .build();
    var context = new SelectContext().key(key);
    Set<String> tried = new HashSet<>();
    var order = new ArrayList<String>();
    for (int i = 0; i < n; i++) {
      Lease<String> lease = requireNonNull(group.select(context));
      assertThat(tried.add(lease.payload())).isTrue();
      order.add(lease.payload());
      lease.end(Outcome.FAILURE, 500);
    }
    assertThat(group.select(context)).isNull();
    if (balancer.rule() instanceof Balancer.ConsistentHash) {
      Lease<String> again = requireNonNull(group.select(context.reset().key(key)));
      assertThat(again.payload()).isEqualTo(order.get(0));
      again.close();
    }
  }

  @DisplayName(
      "R-90, R-91: least request: a new endpoint receives new leases until the load is balanced")
  @Test
  void leastRequest_newEndpoint_receivesNewLeasesUntilBalanced() {
    var group = group(Balancer.leastRequest(2), equal(2));
    var open = new ArrayList<Lease<String>>();
    for (int i = 0; i < 10_000; i++) {
      open.add(requireNonNull(group.select(new SelectContext())));
    }
    group.update(List.of(new Line<>("l", 0, equal(3))));
    var counts = new HashMap<String, Integer>();
    for (int i = 0; i < 5000; i++) {
      Lease<String> lease = requireNonNull(group.select(new SelectContext()));
      counts.merge(lease.payload(), 1, Integer::sum);
      open.add(lease);
    }
    assertThat(counts.get("e2")).isGreaterThan(3000);
    group.update(List.of(new Line<>("l", 0, equal(1))));
    open.forEach(Lease::close);
    var endpoints = group.snapshot().lines().get(0).endpoints();
    assertThat(endpoints).hasSize(1).allMatch(endpoint -> endpoint.inFlight() == 0);
  }

  @Test
  void slowStart_returningEndpoint_warmsUpLinearly() {
    var group =
        builder(Balancer.weightedRandom(), equal(2))
            .endpoints(EndpointPolicy.builder().slowStart(Duration.ofSeconds(60)).build())
            .build();
    assertThat(counts(group, 2000).getOrDefault("e1", 0))
        .as("no slow start initially")
        .isBetween(850, 1150);
    health.set("e1", Health.UNHEALTHY);
    pick(group);
    health.set("e1", Health.HEALTHY);
    pick(group);
    int least = counts(group, 4000).getOrDefault("e1", 0);
    // A tenth against one, plus the last of four draws, which is never rejected.
    assertThat(least / 4000.0).isBetween(0.08, 0.16);
    ticker.advance(Duration.ofSeconds(30));
    int half = counts(group, 4000).getOrDefault("e1", 0);
    assertThat(half / 4000.0).isCloseTo(1 / 3.0, within(0.05));
    ticker.advance(Duration.ofSeconds(31));
    assertThat(counts(group, 4000).getOrDefault("e1", 0) / 4000.0).isCloseTo(0.5, within(0.05));
  }
}
