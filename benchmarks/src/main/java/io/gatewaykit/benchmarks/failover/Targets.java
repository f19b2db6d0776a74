// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.failover;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.Balancer;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.FailoverGroupBuilder;
import io.gatewaykit.failover.Line;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The endpoints that all peers select from. */
final class Targets {
  private Targets() {}

  /** Returns the weight of an endpoint: 1 to 7, spread evenly. */
  static int weight(int index) {
    return index * 5 % 7 + 1;
  }

  static List<Integer> numbers(int count) {
    var numbers = new ArrayList<Integer>();
    for (int i = 0; i < count; i++) {
      numbers.add(i);
    }
    return numbers;
  }

  /** Returns the balancer with this benchmark parameter name. */
  static Balancer balancer(String name) {
    return switch (name) {
      case "smooth" -> Balancer.smoothWeighted();
      case "random" -> Balancer.weightedRandom();
      case "ewma" -> Balancer.peakEwma(Duration.ofSeconds(10));
      case "hash" -> Balancer.consistentHash();
      default -> throw new IllegalArgumentException(name);
    };
  }

  /** Returns a builder of a group with one line of {@code count} endpoints. */
  static FailoverGroupBuilder<Integer> group(int count, boolean weighted, Balancer balancer) {
    var endpoints = new ArrayList<Endpoint<Integer>>();
    for (int i = 0; i < count; i++) {
      endpoints.add(new Endpoint<>("e" + i, i, weighted ? weight(i) : 1, Map.of()));
    }
    return FailoverGroup.<Integer>builder("g")
        .line(new Line<>("l", 0, List.copyOf(endpoints)))
        .balancer(balancer);
  }
}
