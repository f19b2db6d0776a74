// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gatewaykit.api.upstream.Endpoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Shares of ranks against Envoy's rule in exact arithmetic, and properties of subsets. */
class LocalityPropertyTest {
  private static final int STEPS = 1024;

  @Property(tries = 2000, seed = "1")
  void loads_equalTheRule(
      @ForAll @Size(min = 1, max = 4) List<@IntRange(min = 0, max = 50) Integer> totals,
      @ForAll @Size(min = 4, max = 4) List<@IntRange(min = 0, max = 50) Integer> lost,
      @ForAll @IntRange(min = 1000, max = 3000) int factor) {
    int n = totals.size();
    var total = new long[n];
    var healthy = new long[n];
    var health = new double[n];
    double norm = 0;
    for (int i = 0; i < n; i++) {
      total[i] = totals.get(i);
      healthy[i] = Math.max(0, total[i] - lost.get(i));
      health[i] = total[i] == 0 ? 0 : Math.min(1, factor / 1000.0 * healthy[i] / total[i]);
      norm += health[i];
    }
    norm = Math.min(1, norm);
    int[] loads = ZonePicker.loads(factor, 0, healthy, total);
    assertThat(Arrays.stream(loads).sum()).isEqualTo(norm == 0 ? 0 : STEPS);
    double left = 1;
    for (int i = 0; i < n && norm > 0; i++) {
      double load = Math.min(left, health[i] / norm);
      left -= load;
      // each rank rounds down by less than a step per division; the remainder goes to the first
      double steps = Math.max(1, n / norm) + n;
      assertThat(loads[i]).isCloseTo((int) Math.round(STEPS * load), within((int) steps + 1));
      if (healthy[i] == 0) {
        assertThat(loads[i]).isZero();
      }
    }
    if (health[0] == 1) {
      assertThat(loads[0]).isEqualTo(STEPS);
    }
  }

  private static List<Endpoint<String>> endpoints(int count, int weight) {
    var endpoints = new ArrayList<Endpoint<String>>();
    for (int i = 0; i < count; i++) {
      endpoints.add(Endpoint.of("e" + i, "e" + i).withWeight(weight));
    }
    return endpoints;
  }

  private static Set<String> subset(String client, List<Endpoint<String>> endpoints, int size) {
    var ids = new HashSet<String>();
    new Topology<>(List.of(new Line<>("l", 0, endpoints)))
        .subset(client, size)
        .lines()
        .get(0)
        .endpoints()
        .forEach(endpoint -> ids.add(endpoint.id()));
    return ids;
  }

  @Property(tries = 200, seed = "1")
  void subset_removalAndAddition_moveAtMostOne(
      @ForAll @IntRange(min = 1, max = 60) int count,
      @ForAll @IntRange(min = 1, max = 30) int size,
      @ForAll @IntRange(min = 0, max = 1000) int client,
      @ForAll @IntRange(min = 0, max = 59) int removed) {
    List<Endpoint<String>> all = endpoints(count, 3);
    Set<String> before = subset("c" + client, all, size);
    assertThat(before).hasSize(Math.min(count, size));
    var fewer = new ArrayList<>(all);
    String id = fewer.remove(removed % count).id();
    if (fewer.isEmpty()) {
      return;
    }
    Set<String> after = subset("c" + client, fewer, size);
    if (before.contains(id)) {
      var kept = new HashSet<>(before);
      kept.remove(id);
      assertThat(after).containsAll(kept).hasSize(Math.min(count - 1, size));
    } else {
      assertThat(after).isEqualTo(before);
    }
  }

  @Test
  void subset_manyClients_isInProportionToWeights() {
    var endpoints = new ArrayList<>(endpoints(90, 1));
    for (int i = 90; i < 100; i++) {
      endpoints.add(Endpoint.of("e" + i, "e" + i).withWeight(2));
    }
    endpoints.add(Endpoint.of("e100", "e100").withWeight(0));
    Map<String, Integer> clients = new HashMap<>();
    for (int client = 0; client < 5_000; client++) {
      subset("client-" + client, endpoints, 10).forEach(id -> clients.merge(id, 1, Integer::sum));
    }
    // 5,000 * 10 places; about 1 / 110 of them per unit of weight; five standard deviations
    for (int i = 0; i < 100; i++) {
      int expected = i < 90 ? 460 : 865;
      assertThat(clients.get("e" + i)).as("e" + i).isCloseTo(expected, within(150));
    }
    assertThat(clients).doesNotContainKey("e100");
  }
}
