package io.gatewaykit.micrometer;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.healthcheck.CheckerSnapshot;
import io.gatewaykit.healthcheck.CheckerSnapshot.TargetView;
import io.gatewaykit.healthcheck.HealthChecker;
import io.gatewaykit.healthcheck.HealthEvent;
import io.gatewaykit.healthcheck.HealthListener;
import io.gatewaykit.healthcheck.ProbeResult;
import io.gatewaykit.healthcheck.TargetState;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Shows a checker's targets, each as {@code node} of the {@code group} with the checker's name:
 * {@code gateway.healthcheck.state} (1 for the {@code state} that the node is in, 0 for others),
 * {@code gateway.healthcheck.probes}, {@code gateway.healthcheck.probe.latency} (seconds, of the
 * last probe) and {@code gateway.healthcheck.transitions} by {@code to} and {@code source}. A
 * node's meters are removed with it.
 *
 * <p>To be given to {@code HealthChecker.Builder.listener}, then bound to the checker. Thread-safe.
 */
public final class HealthCheckMetrics implements HealthListener, AutoCloseable {
  private final MeterRegistry registry;
  private final BoundedCounters transitions;
  private final NodeMeters nodes;
  private volatile @Nullable FreshSnapshot<CheckerSnapshot, Map<String, TargetView>> snapshot;
  private volatile String group = "";

  /** Will register meters in the registry. */
  public HealthCheckMetrics(MeterRegistry registry) {
    this.registry = requireNonNull(registry, "registry");
    transitions =
        new BoundedCounters(
            registry, "gateway.healthcheck.transitions", "Changes of a node's state");
    nodes = new NodeMeters(registry);
  }

  /**
   * Registers the meters of the checker's targets, those it has and those it gets.
   *
   * @throws IllegalStateException if a checker is bound already
   */
  public void bind(HealthChecker checker) {
    if (snapshot != null) {
      throw new IllegalStateException("checker: a second one (expected: one for each metrics)");
    }
    group = checker.snapshot().name();
    snapshot = new FreshSnapshot<>(checker::snapshot, this::index, registry.config().clock());
  }

  private Map<String, TargetView> index(CheckerSnapshot current) {
    Map<String, TargetView> byId =
        current.targets().stream()
            .collect(Collectors.toMap(view -> view.target().id(), view -> view));
    nodes.retain(byId.keySet());
    transitions.removeIf(tags -> !byId.containsKey(node(tags)));
    byId.keySet().forEach(id -> nodes.add(id, meters -> register(id, meters)));
    return byId;
  }

  private static String node(Tags tags) {
    return tags.stream()
        .filter(tag -> tag.getKey().equals("node"))
        .map(Tag::getValue)
        .findFirst()
        .orElse("");
  }

  private void register(String node, List<Meter> meters) {
    Tags tags = Tags.of("group", group, "node", node);
    for (TargetState state : TargetState.values()) {
      meters.add(
          Gauge.builder("gateway.healthcheck.state", () -> value(node, v -> is(v, state)))
              .description("1 for the state that the node is in, 0 for others")
              .tags(tags)
              .tag("state", lower(state))
              .register(registry));
    }
    meters.add(
        FunctionCounter.builder(
                "gateway.healthcheck.probes", this, m -> m.value(node, TargetView::probes))
            .description("Probes that have ended")
            .tags(tags)
            .register(registry));
    meters.add(
        Gauge.builder(
                "gateway.healthcheck.probe.latency",
                () -> value(node, HealthCheckMetrics::latencySeconds))
            .description("How long the last probe took")
            .baseUnit("seconds")
            .tags(tags)
            .register(registry));
  }

  private static double is(TargetView view, TargetState state) {
    return view.state() == state ? 1 : 0;
  }

  private static double latencySeconds(TargetView view) {
    ProbeResult last = view.lastProbe();
    return last == null ? Double.NaN : last.latencyNanos() / 1e9;
  }

  private double value(String node, ToDoubleFunction<TargetView> of) {
    var fresh = snapshot;
    TargetView view = fresh == null ? null : fresh.get().get(node);
    return view == null ? Double.NaN : of.applyAsDouble(view);
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public void onEvent(HealthEvent event) {
    TargetState to = event.to();
    if (event.kind() == HealthEvent.Kind.CHANGED && to != null) {
      transitions.increment(
          "group",
          group,
          "node",
          event.targetId(),
          "to",
          lower(to),
          "source",
          lower(event.decidedBy()));
    }
    var fresh = snapshot;
    if (fresh != null && event.kind() != HealthEvent.Kind.NOTICE) {
      fresh.refresh();
    }
  }

  /** Removes the meters. */
  @Override
  public void close() {
    nodes.retain(Set.of());
    transitions.removeIf(tags -> true);
  }
}
