// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Regression tests for bugs reported against consistent hashing. */
class HashBalancersTest extends BalancerFixture {
  @DisplayName(
      "R-82, R-83: hash: keys of a failed owner move to a stable second choice and return exactly")
  @Test
  void hash_ownerDown_keysMoveToAStableSecondChoiceAndReturn() {
    var group = group(Balancer.consistentHash(), equal(20));
    Map<Long, String> before = owners(group);
    health.set("e7", Health.UNHEALTHY);
    Map<Long, String> during = owners(group);
    assertThat(owners(group)).isEqualTo(during);
    before.forEach((key, owner) -> {
      if (owner.equals("e7")) {
        assertThat(during.get(key)).isNotEqualTo("e7");
      } else {
        assertThat(during).containsEntry(key, owner);
      }
    });
    health.set("e7", Health.HEALTHY);
    assertThat(owners(group)).isEqualTo(before);
    List<Endpoint<String>> moved = new ArrayList<>(equal(20));
    moved.set(4, new Endpoint<>("e4", "another address", 1, Map.of()));
    group.update(List.of(new Line<>("l", 0, moved)));
    long atNewAddress = owners(group).values().stream().filter("another address"::equals).count();
    assertThat(atNewAddress).isEqualTo(before.values().stream().filter("e4"::equals).count());
  }

  @Test
  void hash_twoThousandEndpoints_restoresKeysAndFindsTheFewHealthy() {
    var group =
        builder(Balancer.consistentHash(), equal(2000))
            .lines(LinePolicy.builder().panic(PanicMode.FAIL_OPEN, 0).build())
            .build();
    Map<Long, String> before = owners(group);
    IntStream.range(0, 1990).forEach(i -> health.set("e" + i, Health.UNHEALTHY));
    Map<Long, String> during = owners(group);
    assertThat(during.values()).allMatch(id -> Integer.parseInt(id.substring(1)) >= 1990);
    before.forEach((key, owner) -> {
      if (Integer.parseInt(owner.substring(1)) >= 1990) {
        assertThat(during).containsEntry(key, owner);
      }
    });
    health.allHealthy();
    assertThat(owners(group)).isEqualTo(before);
  }

  @Test
  void boundedHash_hotKey_spreadsAndReturnsAfterTheLoad() {
    var group = group(Balancer.boundedHash(1.25), equal(4));
    var counts = new HashMap<String, Integer>();
    var open = new ArrayList<Lease<String>>();
    for (int i = 0; i < 100; i++) {
      Lease<String> lease = requireNonNull(group.select(new SelectContext().key(42)));
      counts.merge(lease.payload(), 1, Integer::sum);
      open.add(lease);
    }
    assertThat(counts.values()).allMatch(count -> count <= Math.ceil(1.25 * 100 / 4));
    assertThat(counts.values().stream().mapToInt(i -> i).max().orElseThrow()).isGreaterThan(25);
    String owner = open.get(0).payload();
    open.forEach(Lease::close);
    assertThat(pick(group, new SelectContext().key(42))).isEqualTo(owner);
  }
}
