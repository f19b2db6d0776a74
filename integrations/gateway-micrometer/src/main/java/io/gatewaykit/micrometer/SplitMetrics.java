package io.gatewaykit.micrometer;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.failover.TrafficSplit;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Set;

/**
 * Shows traffic splits by their name. Of each that is bound, {@code gateway.split.share} of the
 * canary (0 to 1) and {@code gateway.split.requests} by {@code side} ({@code canary}, {@code
 * baseline}); as their listener, {@code gateway.split.rollbacks}. Thread-safe.
 */
public final class SplitMetrics implements TrafficSplit.Listener, AutoCloseable {
  private final BoundedCounters rollbacks;
  private final NodeMeters splits;

  /** Will register meters in the registry. */
  public SplitMetrics(MeterRegistry registry) {
    splits = new NodeMeters(requireNonNull(registry, "registry"));
    rollbacks =
        new BoundedCounters(registry, "gateway.split.rollbacks", "Canaries that were taken back");
  }

  /** Shows a split; does nothing if one of that name is shown. */
  public void bind(TrafficSplit split) {
    splits.add(split.snapshot().name(), meters -> register(split, meters));
  }

  private static void register(TrafficSplit split, MeterGroup meters) {
    Tags tags = Tags.of("split", split.snapshot().name());
    meters.gauge("gateway.split.share", "The canary's share", tags, split::share);
    String name = "gateway.split.requests";
    String description = "Requests by where they went";
    meters.count(name, description, tags.and("side", "canary"), () -> split.snapshot().canary());
    meters.count(
        name, description, tags.and("side", "baseline"), () -> split.snapshot().baseline());
  }

  @Override
  public void onRollback(Rollback rollback) {
    rollbacks.increment("split", rollback.split());
  }

  /** Removes the meters. */
  @Override
  public void close() {
    splits.retain(Set.of());
    rollbacks.clear();
  }
}
