// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LocalityTest {
  private static final Locality PLACE = Locality.of("zone", "hk-1").then("region", "hk");

  private final ManualTicker ticker = new ManualTicker(Duration.ofSeconds(1).toNanos());
  private final ScriptedHealth health = new ScriptedHealth();

  private static List<Endpoint<String>> zone(String zone, int size) {
    var endpoints = new ArrayList<Endpoint<String>>();
    for (int i = 0; i < size; i++) {
      endpoints.add(
          Endpoint.of(zone + "/" + i, zone)
              .withLabels(Map.of("zone", zone, "region", zone.substring(0, 2))));
    }
    return endpoints;
  }

  private static Line<String> line() {
    var endpoints = new ArrayList<>(zone("us-1", 10));
    endpoints.addAll(zone("hk-2", 10));
    endpoints.addAll(zone("hk-1", 10));
    return new Line<>("line", 0, endpoints);
  }

  private FailoverGroup<String> group(Locality locality, Balancer balancer) {
    return FailoverGroup.<String>builder("g")
        .line(line())
        .balancer(balancer)
        .lines(LinePolicy.builder().locality(locality).switcher(LineSwitcher.immediate()).build())
        .health(health)
        .ticker(ticker)
        .seed(1)
        .build();
  }

  private void down(String zone, int count) {
    for (int i = 0; i < 10; i++) {
      health.set(zone + "/" + i, i < count ? Health.UNHEALTHY : Health.HEALTHY);
    }
  }

  private static Map<String, Integer> picks(FailoverGroup<String> group, int requests) {
    var picks = new TreeMap<String, Integer>();
    for (int i = 0; i < requests; i++) {
      Lease<String> lease = requireNonNull(group.select(new SelectContext()));
      picks.merge(lease.payload(), 1, Integer::sum);
      lease.succeed(200);
    }
    return picks;
  }

  @Test
  void healthyZone_keepsAllTraffic_evenly() {
    for (Balancer balancer :
        List.of(
            Balancer.smoothWeighted(),
            Balancer.weightedRandom(),
            Balancer.leastRequest(2),
            Balancer.consistentHash(),
            Balancer.peakEwma(Duration.ofSeconds(10)))) {
      FailoverGroup<String> group = group(PLACE, balancer);
      assertThat(picks(group, 1000)).containsExactly(Map.entry("hk-1", 1000));
      group.close();
    }
    FailoverGroup<String> group = group(PLACE, Balancer.smoothWeighted());
    picks(group, 1000);
    assertThat(group.snapshot().lines().get(0).endpoints())
        .allMatch(endpoint -> endpoint.picks() == (endpoint.id().startsWith("hk-1") ? 100 : 0));
  }

  @Test
  void lossOfEndpoints_spillsInProportion_nearestFirst() {
    FailoverGroup<String> group = group(PLACE, Balancer.smoothWeighted());
    down("hk-1", 2); // 0.8 * 1.4 >= 1
    assertThat(picks(group, 1000)).containsExactly(Map.entry("hk-1", 1000));
    down("hk-1", 5); // 0.5 * 1.4 = 0.7
    Map<String, Integer> half = picks(group, 10_000);
    // four standard deviations of 10,000 draws
    assertThat(half.get("hk-1")).isCloseTo(7_000, within(190));
    assertThat(half.get("hk-2")).isCloseTo(3_000, within(190));
    down("hk-2", 9); // 0.1 * 1.4 = 0.14, and the rest to us-1
    Map<String, Integer> worse = picks(group, 10_000);
    assertThat(worse.get("hk-1")).isCloseTo(7_000, within(190));
    assertThat(worse.get("hk-2")).isCloseTo(1_400, within(140));
    assertThat(worse.get("us-1")).isCloseTo(1_600, within(150));
    down("hk-1", 10);
    down("hk-2", 10);
    assertThat(picks(group, 1000)).containsExactly(Map.entry("us-1", 1000));
    down("hk-1", 0);
    assertThat(picks(group, 1000)).containsExactly(Map.entry("hk-1", 1000));
  }

  @Test
  void retries_useTheNearestUntriedEndpoint() {
    FailoverGroup<String> group = group(PLACE, Balancer.smoothWeighted());
    var context = new SelectContext();
    var order = new ArrayList<String>();
    for (int i = 0; i < 30; i++) {
      Lease<String> lease = requireNonNull(group.select(context));
      order.add(lease.payload());
      lease.end(Outcome.CANCELLED, 0);
    }
    assertThat(order.subList(0, 10)).containsOnly("hk-1");
    assertThat(order.subList(10, 20)).containsOnly("hk-2");
    assertThat(order.subList(20, 30)).containsOnly("us-1");
  }

  @Test
  void keys_stayInTheirZoneAndAtTheirEndpoint() {
    FailoverGroup<String> group = group(PLACE, Balancer.consistentHash());
    down("hk-1", 5);
    for (int key = 0; key < 500; key++) {
      var context = new SelectContext().key(key);
      String first = requireNonNull(group.pick(context)).id();
      for (int i = 0; i < 3; i++) {
        assertThat(requireNonNull(group.pick(new SelectContext().key(key))).id()).isEqualTo(first);
      }
    }
  }

  @Test
  void smallZoneOfManyClients_keepsOnlyWhatItIsWorth() {
    // a third of the weight and two thirds of the clients: half of their requests stay
    FailoverGroup<String> group = group(PLACE.withClientShare(2.0 / 3), Balancer.smoothWeighted());
    Map<String, Integer> picks = picks(group, 10_000);
    assertThat(picks.get("hk-1")).isCloseTo(5_000, within(200));
    assertThat(picks.get("hk-2")).isCloseTo(5_000, within(200));
    FailoverGroup<String> fair = group(PLACE.withClientShare(0.33), Balancer.smoothWeighted());
    assertThat(picks(fair, 1000)).containsExactly(Map.entry("hk-1", 1000));
  }

  @Test
  void fullZone_overflowsToTheNearest() {
    FailoverGroup<String> group =
        FailoverGroup.<String>builder("g")
            .line(line())
            .lines(LinePolicy.builder().locality(PLACE).build())
            .endpoints(EndpointPolicy.builder().maxInFlight(1).build())
            .ticker(ticker)
            .seed(1)
            .build();
    var order = new ArrayList<String>();
    for (int i = 0; i < 30; i++) {
      order.add(requireNonNull(group.select(new SelectContext())).payload());
    }
    assertThat(order.subList(0, 10)).containsOnly("hk-1");
    assertThat(order.subList(10, 20)).containsOnly("hk-2");
    assertThat(order.subList(20, 30)).containsOnly("us-1");
  }

  @Test
  void linesOfOnePriority_areRankedInOrder() {
    var lines = new ArrayList<Line<String>>();
    for (String zone : List.of("us-1", "hk-2", "hk-1")) {
      lines.add(
          new Line<>(
              zone,
              "",
              0,
              1,
              0,
              1,
              Map.of("zone", zone, "region", zone.substring(0, 2)),
              List.of(Endpoint.of(zone + "/0", zone))));
    }
    FailoverGroup<String> group =
        FailoverGroup.builder("g", new Topology<>(lines))
            .lines(LinePolicy.builder().locality(PLACE).switcher(LineSwitcher.immediate()).build())
            .health(health)
            .ticker(ticker)
            .seed(1)
            .build();
    for (String zone : List.of("hk-1", "hk-2", "us-1")) {
      assertThat(picks(group, 100)).containsExactly(Map.entry(zone, 100));
      health.set(zone + "/0", Health.UNHEALTHY);
    }
  }

  @Test
  void changedLabels_moveTheTraffic() {
    FailoverGroup<String> group = group(PLACE, Balancer.smoothWeighted());
    assertThat(picks(group, 100)).containsOnlyKeys("hk-1");
    var moved = new ArrayList<Endpoint<String>>();
    for (Endpoint<String> endpoint : line().endpoints()) {
      moved.add(
          endpoint.withLabels(
              Map.of("zone", endpoint.payload().equals("us-1") ? "hk-1" : "elsewhere")));
    }
    group.update(List.of(new Line<>("line", 0, moved)));
    assertThat(picks(group, 100)).containsOnlyKeys("us-1");
  }

  @Test
  void badValues_areRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PLACE.then("zone", "hk-1"))
        .withMessageContaining("labels: [");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PLACE.withClientShare(1.1))
        .withMessage("clientShare: 1.1 (expected: 0.0..1.0)");
  }
}
