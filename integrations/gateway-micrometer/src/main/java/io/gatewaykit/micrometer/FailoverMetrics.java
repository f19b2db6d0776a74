package io.gatewaykit.micrometer;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.FailoverListener;
import io.gatewaykit.failover.GroupSnapshot;
import io.gatewaykit.failover.GroupSnapshot.EndpointView;
import io.gatewaykit.failover.GroupSnapshot.LineView;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Shows a group's lines and endpoints, the latter as {@code node}: {@code
 * gateway.failover.selections}, {@code gateway.failover.attempts} by {@code outcome} ({@code
 * success}, {@code failure}) and {@code gateway.failover.inflight}, all by {@code group}, {@code
 * line} and {@code node}; {@code gateway.failover.switches} by {@code from} and {@code to}; {@code
 * gateway.failover.line.active} (1 or 0); {@code gateway.failover.panicking} (1 or 0), {@code
 * gateway.failover.panics} and {@code gateway.failover.retries.refused} of the group. A node's
 * meters are removed with it, at the next collection after the change.
 *
 * <p>To be given to the group's builder as listener, then bound to the group. Thread-safe.
 */
public final class FailoverMetrics implements FailoverListener, AutoCloseable {
  private final MeterRegistry registry;
  private final BoundedCounters switches;
  private final NodeMeters nodes;
  private volatile @Nullable FreshSnapshot<GroupSnapshot, Index> snapshot;
  private volatile String group = "";

  private record Node(String line, EndpointView endpoint) {}

  private record Index(GroupSnapshot group, Map<String, Node> nodes) {}

  /** Will register meters in the registry. */
  public FailoverMetrics(MeterRegistry registry) {
    this.registry = requireNonNull(registry, "registry");
    switches =
        new BoundedCounters(
            registry, "gateway.failover.switches", "Moves of traffic to another line");
    nodes = new NodeMeters(registry);
  }

  /**
   * Registers the meters of the group's lines and endpoints, those it has and those it gets.
   *
   * @throws IllegalStateException if a group is bound already
   */
  public void bind(FailoverGroup<?> bound) {
    if (snapshot != null) {
      throw new IllegalStateException("group: a second one (expected: one for each metrics)");
    }
    group = bound.snapshot().name();
    snapshot = new FreshSnapshot<>(bound::snapshot, this::index, registry.config().clock());
  }

  private Index index(GroupSnapshot current) {
    var all = new HashMap<String, Node>();
    var keys = new HashMap<String, Runnable>();
    keys.put("", () -> nodes.add("", this::registerGroup));
    for (LineView line : current.lines()) {
      keys.put(line.id(), () -> nodes.add(line.id(), meters -> registerLine(line.id(), meters)));
      for (EndpointView endpoint : line.endpoints()) {
        String key = line.id() + '\n' + endpoint.id();
        all.put(key, new Node(line.id(), endpoint));
        keys.put(
            key,
            () -> nodes.add(key, meters -> registerNode(key, line.id(), endpoint.id(), meters)));
      }
    }
    nodes.retain(keys.keySet());
    keys.values().forEach(Runnable::run);
    return new Index(current, all);
  }

  private void registerGroup(List<Meter> meters) {
    Tags tags = Tags.of("group", group);
    meters.add(
        counter(
            "gateway.failover.panics",
            "Attempts while too little was healthy",
            tags,
            index -> index.group().panics()));
    meters.add(
        counter(
            "gateway.failover.retries.refused",
            "Retries that the budget refused",
            tags,
            index -> index.group().retriesRefused()));
    meters.add(
        gauge(
            "gateway.failover.panicking",
            "1 while too little is healthy",
            tags,
            index -> index.group().panicking() ? 1 : 0));
  }

  private void registerLine(String line, List<Meter> meters) {
    meters.add(
        gauge(
            "gateway.failover.line.active",
            "1 for the line with the traffic",
            Tags.of("group", group, "line", line),
            index -> index.group().activeLine().equals(line) ? 1 : 0));
  }

  private void registerNode(String key, String line, String node, List<Meter> meters) {
    Tags tags = Tags.of("group", group, "line", line, "node", node);
    meters.add(
        counter(
            "gateway.failover.selections",
            "Leases ever given",
            tags,
            index -> of(index, key, EndpointView::picks)));
    meters.add(
        counter(
            "gateway.failover.attempts",
            "Attempts that have ended",
            tags.and("outcome", "success"),
            index -> of(index, key, EndpointView::successes)));
    meters.add(
        counter(
            "gateway.failover.attempts",
            "Attempts that have ended",
            tags.and("outcome", "failure"),
            index -> of(index, key, EndpointView::failures)));
    meters.add(
        gauge(
            "gateway.failover.inflight",
            "Leases not closed yet",
            tags,
            index -> of(index, key, EndpointView::inFlight)));
  }

  private static double of(Index index, String key, ToDoubleFunction<EndpointView> value) {
    Node node = index.nodes().get(key);
    return node == null ? Double.NaN : value.applyAsDouble(node.endpoint());
  }

  private double value(ToDoubleFunction<Index> of) {
    var fresh = snapshot;
    return fresh == null ? Double.NaN : of.applyAsDouble(fresh.get());
  }

  private Meter counter(String name, String description, Tags tags, ToDoubleFunction<Index> of) {
    return FunctionCounter.builder(name, this, metrics -> metrics.value(of))
        .description(description)
        .tags(tags)
        .register(registry);
  }

  private Meter gauge(String name, String description, Tags tags, ToDoubleFunction<Index> of) {
    return Gauge.builder(name, () -> value(of))
        .description(description)
        .tags(tags)
        .register(registry);
  }

  @Override
  public void onSwitch(String name, String from, String to, String cause) {
    switches.increment("group", name, "from", from, "to", to);
  }

  /** Removes the meters. */
  @Override
  public void close() {
    nodes.retain(Set.of());
    switches.removeIf(tags -> true);
  }
}
