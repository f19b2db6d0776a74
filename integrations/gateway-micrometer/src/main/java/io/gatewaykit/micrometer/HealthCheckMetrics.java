// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.micrometer;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import io.gatewaykit.healthcheck.CheckerSnapshot;
import io.gatewaykit.healthcheck.CheckerSnapshot.Ended;
import io.gatewaykit.healthcheck.CheckerSnapshot.Probed;
import io.gatewaykit.healthcheck.CheckerSnapshot.TargetView;
import io.gatewaykit.healthcheck.HealthChecker;
import io.gatewaykit.healthcheck.HealthEvent;
import io.gatewaykit.healthcheck.HealthListener;
import io.gatewaykit.healthcheck.state.TargetState;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Meters of the targets of a health checker, each tagged as {@code node} of the {@code group} with
 * the checker's name: {@code gateway.healthcheck.state} (1 for the current {@code state} of the
 * node, 0 for others), {@code gateway.healthcheck.probes} with their duration by {@code outcome},
 * {@code gateway.healthcheck.inconclusive}, {@code gateway.healthcheck.transitions} by {@code to}
 * and {@code source}, and {@code gateway.healthcheck.reports} of real traffic by {@code outcome},
 * see {@link #reports}. The meters of a node are removed with it.
 *
 * <p>Register it with {@code HealthChecker.Builder.listener}, then bind it to the checker.
 * Thread-safe.
 */
public final class HealthCheckMetrics implements HealthListener, AutoCloseable {
  private final MeterRegistry registry;
  private final BoundedCounters transitions;
  private final NodeMeters nodes;
  private final Map<String, ReportCounters> reports = new ConcurrentHashMap<>();
  private volatile @Nullable FreshSnapshot<CheckerSnapshot, Map<String, TargetView>> snapshot;
  private volatile String group = "";

  /** Creates an instance that registers its meters in the given registry. */
  public HealthCheckMetrics(MeterRegistry registry) {
    this.registry = requireNonNull(registry, "registry");
    transitions =
        new BoundedCounters(registry, "gateway.healthcheck.transitions", "State changes of nodes");
    nodes = new NodeMeters(registry);
  }

  /**
   * Registers the meters of the checker's targets, including those added later.
   *
   * @throws IllegalStateException if a checker is already bound
   */
  public void bind(HealthChecker checker) {
    if (snapshot != null) {
      throw new IllegalStateException(
          "checker: already bound (expected: one checker per instance)");
    }
    group = checker.snapshot().name();
    snapshot = new FreshSnapshot<>(checker::snapshot, this::index, registry.config().clock());
  }

  private Map<String, TargetView> index(CheckerSnapshot current) {
    Map<String, TargetView> byId =
        current.targets().stream()
            .collect(Collectors.toMap(view -> view.target().id(), view -> view));
    nodes.retain(byId.keySet());
    transitions.removeIf("node", node -> !byId.containsKey(node));
    retainReports(byId.keySet());
    byId.keySet().forEach(id -> nodes.add(id, meters -> register(id, meters)));
    return byId;
  }

  private void retainReports(Set<String> ids) {
    reports
        .entrySet()
        .removeIf(entry -> {
          boolean gone = !ids.contains(entry.getKey());
          if (gone) {
            entry.getValue().close();
          }
          return gone;
        });
  }

  private void register(String node, MeterGroup meters) {
    Tags tags = Tags.of("group", group, "node", node);
    meters.states(
        "gateway.healthcheck.state",
        "1 for the current state of the node, 0 for others",
        tags,
        TargetState.class,
        state -> value(node, view -> is(view, state)));
    ended(node, tags.and("outcome", "success"), Probed::successes, meters);
    ended(node, tags.and("outcome", "http_failure"), Probed::httpFailures, meters);
    ended(node, tags.and("outcome", "tcp_failure"), Probed::tcpFailures, meters);
    ended(node, tags.and("outcome", "timeout"), Probed::timeouts, meters);
    meters.count(
        "gateway.healthcheck.inconclusive",
        "Inconclusive probes of the node",
        tags,
        () -> value(node, TargetView::inconclusive));
  }

  private void ended(
      String node, Tags tags, Function<? super Probed, Ended> which, MeterGroup meters) {
    meters.time(
        "gateway.healthcheck.probes",
        "Probes by outcome",
        tags,
        () -> (long) value(node, view -> which.apply(view.probed()).count()),
        () -> value(node, view -> which.apply(view.probed()).total().toNanos()));
  }

  private static double is(TargetView view, TargetState state) {
    return view.state() == state ? 1 : 0;
  }

  private double value(String node, ToDoubleFunction<TargetView> of) {
    var fresh = snapshot;
    TargetView view = fresh == null ? null : fresh.get().get(node);
    return view == null ? Double.NaN : of.applyAsDouble(view);
  }

  /**
   * Returns a report that forwards to the checker, and counts the reports that concern a node of
   * the bound checker: {@code gateway.healthcheck.reports} by {@code outcome} ({@code success},
   * {@code http_failure}, {@code tcp_failure}, {@code timeout}). Pass it to the source of reports,
   * such as a group, in place of the checker.
   *
   * @param checker receives the reports
   */
  public OutcomeReport reports(OutcomeReport checker) {
    requireNonNull(checker, "checker");
    return (node, outcome, status, latencyNanos) -> {
      checker.report(node, outcome, status, latencyNanos);
      count(node, outcome);
    };
  }

  private void count(String node, Outcome outcome) {
    ReportCounters counters = reports.get(node);
    var fresh = snapshot;
    if (counters == null && fresh != null && fresh.get().containsKey(node)) {
      counters =
          reports.computeIfAbsent(
              node, id -> new ReportCounters(registry, Tags.of("group", group, "node", id)));
    }
    if (counters != null) {
      counters.count(outcome);
    }
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
          MeterGroup.lower(to),
          "source",
          MeterGroup.lower(event.decidedBy()));
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
    retainReports(Set.of());
    transitions.clear();
  }
}
