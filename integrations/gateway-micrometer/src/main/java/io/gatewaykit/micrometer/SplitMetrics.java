// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.micrometer;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.failover.canary.CanaryRollback;
import io.gatewaykit.failover.canary.TrafficSplit;
import io.gatewaykit.failover.canary.TrafficSplitListener;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Set;

/**
 * Meters of traffic splits by name. For each bound split: {@code gateway.split.share}, the fraction
 * of the canary (0 to 1), and {@code gateway.split.requests} by {@code side} ({@code canary},
 * {@code baseline}). As their listener, it counts {@code gateway.split.rollbacks}. Thread-safe.
 */
public final class SplitMetrics implements TrafficSplitListener, AutoCloseable {
  private final BoundedCounters rollbacks;
  private final NodeMeters splits;

  /** Creates an instance that registers its meters in the given registry. */
  public SplitMetrics(MeterRegistry registry) {
    splits = new NodeMeters(requireNonNull(registry, "registry"));
    rollbacks = new BoundedCounters(registry, "gateway.split.rollbacks", "Rollbacks of the canary");
  }

  /** Registers the meters of a split. No effect if a split of this name is already bound. */
  public void bind(TrafficSplit split) {
    splits.add(split.snapshot().name(), meters -> register(split, meters));
  }

  private static void register(TrafficSplit split, MeterGroup meters) {
    Tags tags = Tags.of("split", split.snapshot().name());
    meters.gauge(
        "gateway.split.share", "Fraction of requests assigned to the canary", tags, split::share);
    String name = "gateway.split.requests";
    String description = "Requests by side";
    meters.count(name, description, tags.and("side", "canary"), () -> split.snapshot().canary());
    meters.count(
        name, description, tags.and("side", "baseline"), () -> split.snapshot().baseline());
  }

  @Override
  public void onRollback(CanaryRollback rollback) {
    rollbacks.increment("split", rollback.split());
  }

  /** Removes the meters. */
  @Override
  public void close() {
    splits.retain(Set.of());
    rollbacks.clear();
  }
}
