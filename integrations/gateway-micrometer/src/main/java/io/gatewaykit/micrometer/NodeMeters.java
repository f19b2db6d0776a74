package io.gatewaykit.micrometer;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** The meters of nodes, which come and go with them. */
final class NodeMeters {
  private final MeterRegistry registry;
  private final Map<String, List<Meter>> meters = new ConcurrentHashMap<>();

  NodeMeters(MeterRegistry registry) {
    this.registry = registry;
  }

  /** Registers the meters of a node that has none yet. */
  void add(String node, Consumer<? super List<Meter>> register) {
    meters.computeIfAbsent(
        node,
        id -> {
          List<Meter> own = new ArrayList<>();
          register.accept(own);
          return own;
        });
  }

  void remove(String node) {
    List<Meter> gone = meters.remove(node);
    if (gone != null) {
      gone.forEach(registry::remove);
    }
  }

  /** Removes the meters of all other nodes. */
  void retain(Set<String> nodes) {
    List.copyOf(meters.keySet()).stream().filter(id -> !nodes.contains(id)).forEach(this::remove);
  }
}
