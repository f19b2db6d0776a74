// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.micrometer;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.FailoverListener;
import io.gatewaykit.failover.GroupSnapshot;
import io.gatewaykit.failover.GroupSnapshot.EndpointStatus;
import io.gatewaykit.failover.GroupSnapshot.EndpointView;
import io.gatewaykit.failover.GroupSnapshot.LineView;
import io.gatewaykit.failover.LineSwitchEvent;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Meters of the lines and endpoints of a failover group. Tagged with {@code group}, {@code line}
 * and {@code node} (the endpoint) are {@code gateway.failover.selections}, also by {@code role}
 * ({@code primary} in lines of the best priority, otherwise {@code backup}) and {@code attempt}
 * ({@code first}, or {@code retry} for retries and hedges); {@code gateway.failover.attempts} by
 * {@code outcome} ({@code success}, {@code failure}); {@code gateway.failover.inflight}; and {@code
 * gateway.failover.state} (1 for the current {@code state} of the node, 0 for others). {@code
 * gateway.failover.switches} is tagged with {@code from} and {@code to}; {@code
 * gateway.failover.line.active} is 1 or 0. {@code gateway.failover.panicking} (1 or 0), {@code
 * gateway.failover.panics}, {@code gateway.failover.exhausted} and {@code
 * gateway.failover.retries.rejected} belong to the group, and so do the meters of its queue, {@code
 * gateway.failover.queue.waiting} and {@code gateway.failover.queue.failed} with {@code cause}
 * {@code timeout} or {@code full}. The meters of a removed node are removed at the next collection.
 *
 * <p>Register it with the group's builder as a listener, then bind it to the group. Thread-safe.
 */
public final class FailoverMetrics implements FailoverListener, AutoCloseable {
  private final MeterRegistry registry;
  private final BoundedCounters switches;
  private final NodeMeters nodes;
  private volatile @Nullable FreshSnapshot<GroupSnapshot, Index> snapshot;
  private volatile String group = "";

  private record Index(GroupSnapshot group, Map<String, EndpointView> nodes) {}

  /** Creates an instance that registers its meters in the given registry. */
  public FailoverMetrics(MeterRegistry registry) {
    this.registry = requireNonNull(registry, "registry");
    switches =
        new BoundedCounters(
            registry, "gateway.failover.switches", "Switches of traffic to another line");
    nodes = new NodeMeters(registry);
  }

  /**
   * Registers the meters of the group's lines and endpoints, including those added later.
   *
   * @throws IllegalStateException if a group is already bound
   */
  public void bind(FailoverGroup<?> bound) {
    if (snapshot != null) {
      throw new IllegalStateException("group: already bound (expected: one group per instance)");
    }
    group = bound.snapshot().name();
    snapshot = new FreshSnapshot<>(bound::snapshot, this::index, registry.config().clock());
  }

  private Index index(GroupSnapshot current) {
    int best = current.lines().stream().mapToInt(LineView::priority).min().orElse(0);
    var all = new HashMap<String, EndpointView>();
    var keys = new HashMap<String, Consumer<MeterGroup>>();
    keys.put("", this::registerGroup);
    for (LineView line : current.lines()) {
      keys.put(line.id(), meters -> registerLine(line.id(), meters));
      Tags tags = Tags.of("group", group, "line", line.id());
      String role = line.priority() == best ? "primary" : "backup"; // an update may change it
      for (EndpointView endpoint : line.endpoints()) {
        String key = line.id() + '\n' + endpoint.id();
        Tags ofNode = tags.and("node", endpoint.id());
        all.put(key, endpoint);
        keys.put(key, meters -> registerNode(key, ofNode, meters));
        // A separate key, since a change of role changes the tags of these meters only. The others
        // would be registered twice in the collection that detects the change.
        keys.put(key + '\n' + role, meters -> registerPicks(key, ofNode.and("role", role), meters));
      }
    }
    nodes.retain(keys.keySet());
    keys.forEach(nodes::add);
    return new Index(current, all);
  }

  private void registerGroup(MeterGroup meters) {
    Tags tags = Tags.of("group", group);
    meters.count(
        "gateway.failover.panics",
        "Attempts made in panic mode",
        tags,
        () -> value(index -> index.group().panics()));
    meters.count(
        "gateway.failover.retries.rejected",
        "Retries rejected by the budget",
        tags,
        () -> value(index -> index.group().retriesRejected()));
    meters.count(
        "gateway.failover.exhausted",
        "Requests without a remaining endpoint to try",
        tags,
        () -> value(index -> index.group().exhausted()));
    meters.gauge(
        "gateway.failover.panicking",
        "1 in panic mode: too few endpoints are healthy",
        tags,
        () -> value(index -> index.group().panicking() ? 1 : 0));
    registerQueue(tags, meters);
  }

  private void registerQueue(Tags tags, MeterGroup meters) {
    meters.gauge(
        "gateway.failover.queue.waiting",
        "Requests that wait for an endpoint",
        tags,
        () -> value(index -> index.group().waiting().requests()));
    String failed = "gateway.failover.queue.failed";
    String description = "Requests that left the queue without an endpoint, or found it full";
    meters.count(
        failed,
        description,
        tags.and("cause", "timeout"),
        () -> value(index -> index.group().waiting().timedOut()));
    meters.count(
        failed,
        description,
        tags.and("cause", "full"),
        () -> value(index -> index.group().waiting().rejected()));
  }

  private void registerLine(String line, MeterGroup meters) {
    meters.gauge(
        "gateway.failover.line.active",
        "1 for the line that receives the traffic",
        Tags.of("group", group, "line", line),
        () -> value(index -> index.group().activeLine().equals(line) ? 1 : 0));
  }

  private void registerPicks(String key, Tags tags, MeterGroup meters) {
    String selections = "gateway.failover.selections";
    String given = "Leases granted";
    meters.count(
        selections,
        given,
        tags.and("attempt", "first"),
        () -> value(index -> of(index, key, view -> view.picks() - view.traffic().retries())));
    meters.count(
        selections,
        given,
        tags.and("attempt", "retry"),
        () -> value(index -> of(index, key, view -> view.traffic().retries())));
  }

  private void registerNode(String key, Tags tags, MeterGroup meters) {
    String attempts = "gateway.failover.attempts";
    String ended = "Completed attempts by outcome";
    meters.count(
        attempts,
        ended,
        tags.and("outcome", "success"),
        () -> value(index -> of(index, key, EndpointView::successes)));
    meters.count(
        attempts,
        ended,
        tags.and("outcome", "failure"),
        () -> value(index -> of(index, key, EndpointView::failures)));
    meters.gauge(
        "gateway.failover.inflight",
        "Open leases",
        tags,
        () -> value(index -> of(index, key, EndpointView::inFlight)));
    meters.states(
        "gateway.failover.state",
        "1 for the current state of the node, 0 for others",
        tags,
        EndpointStatus.class,
        state -> value(index -> of(index, key, view -> view.state() == state ? 1 : 0)));
  }

  private static double of(Index index, String key, ToDoubleFunction<EndpointView> value) {
    EndpointView node = index.nodes().get(key);
    return node == null ? Double.NaN : value.applyAsDouble(node);
  }

  private double value(ToDoubleFunction<Index> of) {
    var fresh = snapshot;
    return fresh == null ? Double.NaN : of.applyAsDouble(fresh.get());
  }

  @Override
  public void onSwitch(LineSwitchEvent event) {
    switches.increment("group", event.group(), "from", event.from(), "to", event.to());
  }

  /** Removes the meters. */
  @Override
  public void close() {
    nodes.retain(Set.of());
    switches.clear();
  }
}
