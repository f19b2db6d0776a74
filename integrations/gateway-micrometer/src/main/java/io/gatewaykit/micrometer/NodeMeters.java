// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.micrometer;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Meters by node, registered and removed with the node. */
final class NodeMeters {
  private final MeterRegistry registry;
  private final Map<String, MeterGroup> groups = new ConcurrentHashMap<>();

  NodeMeters(MeterRegistry registry) {
    this.registry = registry;
  }

  /** Registers the meters of a node, unless it already has some. */
  void add(String node, Consumer<? super MeterGroup> register) {
    groups.computeIfAbsent(
        node,
        id -> {
          var own = new MeterGroup(registry);
          register.accept(own);
          return own;
        });
  }

  void remove(String node) {
    MeterGroup gone = groups.remove(node);
    if (gone != null) {
      gone.close();
    }
  }

  /** Removes the meters of all other nodes. */
  void retain(Set<String> nodes) {
    List.copyOf(groups.keySet()).stream().filter(id -> !nodes.contains(id)).forEach(this::remove);
  }
}
