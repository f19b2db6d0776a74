// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Groups of one line with a balancer under test. */
abstract class BalancerFixture {
  final ManualTicker ticker = new ManualTicker();
  final ScriptedHealth health = new ScriptedHealth();

  Map<Long, String> owners(FailoverGroup<String> group) {
    var owners = new HashMap<Long, String>();
    for (long key = 0; key < 2000; key++) {
      owners.put(key, pick(group, new SelectContext().key(key)));
    }
    return owners;
  }

  Map<String, Integer> counts(FailoverGroup<String> group, int picks) {
    var counts = new HashMap<String, Integer>();
    for (int i = 0; i < picks; i++) {
      counts.merge(pick(group), 1, Integer::sum);
    }
    return counts;
  }

  Map<String, Integer> serve(FailoverGroup<String> group, int requests, long nanos) {
    var counts = new HashMap<String, Integer>();
    for (int i = 0; i < requests; i++) {
      Lease<String> lease = requireNonNull(group.select(new SelectContext()));
      ticker.advanceNanos(nanos);
      lease.succeed(200);
      counts.merge(lease.payload(), 1, Integer::sum);
    }
    return counts;
  }

  static String pick(FailoverGroup<String> group) {
    return pick(group, new SelectContext());
  }

  static String pick(FailoverGroup<String> group, SelectContext context) {
    return requireNonNull(group.pick(context)).payload();
  }

  FailoverGroup<String> group(Balancer balancer, List<Endpoint<String>> endpoints) {
    return builder(balancer, endpoints).build();
  }

  FailoverGroupBuilder<String> builder(Balancer balancer, List<Endpoint<String>> endpoints) {
    return FailoverGroup.<String>builder("g")
        .line(new Line<>("l", 0, endpoints))
        .balancer(balancer)
        .health(health)
        .ticker(ticker)
        .seed(20_261_125);
  }

  static List<Endpoint<String>> equal(int n) {
    return IntStream.range(0, n).mapToObj(i -> Endpoint.of("e" + i, "e" + i)).toList();
  }

  static Endpoint<String> weighted(String id, int weight) {
    return Endpoint.of(id, id).withWeight(weight);
  }
}
