// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.upstream;

import io.gatewaykit.edge.admin.GatewayStatus;
import io.gatewaykit.edge.config.GatewayConfig;
import io.gatewaykit.edge.config.GatewayConfig.LineConfig;
import io.gatewaykit.failover.GroupSnapshot;
import io.gatewaykit.failover.GroupSnapshot.EndpointStatus;
import io.gatewaykit.failover.GroupSnapshot.EndpointView;
import io.gatewaykit.failover.GroupSnapshot.LineView;
import io.gatewaykit.failover.GroupSnapshot.Traffic;
import io.gatewaykit.healthcheck.CheckerSnapshot;
import io.gatewaykit.healthcheck.CheckerSnapshot.TargetView;
import io.gatewaykit.healthcheck.state.DecisionSource;
import io.gatewaykit.healthcheck.state.ProbeResult;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of the lines.
 *
 * @param activeLine the active line; empty before the first request
 * @param lines the lines, best first
 */
public record LinesStatus(String activeLine, List<GatewayStatus.Line> lines) {

  static LinesStatus of(
      GatewayConfig config,
      GroupSnapshot group,
      CheckerSnapshot checker,
      long nowMillis,
      boolean simulated) {
    var targets = new HashMap<String, TargetView>();
    checker.targets().forEach(view -> targets.put(view.target().id(), view));
    var views = new HashMap<String, LineView>();
    for (LineView line : group.lines()) {
      views.put(line.id(), line);
    }
    var lines = new ArrayList<GatewayStatus.Line>();
    var ordered = new ArrayList<>(config.lines());
    ordered.sort(Comparator.comparingInt(LineConfig::priority));
    for (LineConfig line : ordered) {
      LineView view = views.get(line.name());
      if (view != null) {
        boolean first = lines.isEmpty();
        lines.add(
            new GatewayStatus.Line(
                line.name(),
                line.provider(),
                line.priority(),
                first ? "primary" : "backup",
                line.name().equals(group.activeLine()) || group.activeLine().isEmpty() && first,
                simulated,
                endpoints(view, targets, nowMillis)));
      }
    }
    return new LinesStatus(group.activeLine(), lines);
  }

  private static List<GatewayStatus.Endpoint> endpoints(
      LineView line, Map<String, TargetView> targets, long nowMillis) {
    var endpoints = new ArrayList<GatewayStatus.Endpoint>();
    for (EndpointView view : line.endpoints()) {
      TargetView target = targets.get(view.id());
      if (target != null) {
        endpoints.add(endpoint(view, target, nowMillis));
      }
    }
    return endpoints;
  }

  private static GatewayStatus.Endpoint endpoint(
      EndpointView view, TargetView target, long nowMillis) {
    Traffic traffic = view.traffic();
    boolean decided = target.decidedBy() != DecisionSource.INITIAL;
    return new GatewayStatus.Endpoint(
        view.id(),
        view.weight(),
        state(view, decided ? word(target.state()) : "checking"),
        view.state() == EndpointStatus.AVAILABLE,
        decided ? nowMillis - target.age().toMillis() : 0,
        view.ejected() ? "passive" : word(target.decidedBy()),
        target.successes(),
        target.httpFailures(),
        target.tcpFailures(),
        target.timeouts(),
        probe(target.lastProbe()),
        Double.isNaN(traffic.successPercent()) ? null : traffic.successPercent(),
        millis(traffic.p50Nanos()),
        millis(traffic.p95Nanos()),
        traffic.inFlight(),
        traffic.picks(),
        100 * traffic.pickShare());
  }

  private static String state(EndpointView view, String checked) {
    return switch (view.state()) {
      case EJECTED -> "ejected";
      case DRAINING -> "draining";
      case REMOVED -> "removed";
      case AVAILABLE, UNHEALTHY -> checked;
    };
  }

  private static @Nullable Double millis(long nanos) {
    return nanos < 0 ? null : nanos / 1e6;
  }

  private static String probe(@Nullable ProbeResult probe) {
    return probe == null
        ? "none yet"
        : String.format(Locale.ROOT, "%s, %.1f ms", probe.detail(), probe.latencyNanos() / 1e6);
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
