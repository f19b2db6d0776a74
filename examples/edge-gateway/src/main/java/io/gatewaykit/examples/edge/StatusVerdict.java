package io.gatewaykit.examples.edge;

import io.gatewaykit.examples.edge.admin.GatewayStatus.Endpoint;
import io.gatewaykit.examples.edge.admin.GatewayStatus.Level;
import io.gatewaykit.examples.edge.admin.GatewayStatus.Line;
import io.gatewaykit.examples.edge.admin.GatewayStatus.Verdict;
import io.gatewaykit.examples.edge.upstream.LinesStatus;
import java.util.List;

/** Says in one sentence how things are. */
final class StatusVerdict {
  private StatusVerdict() {}

  static Verdict of(LinesStatus status, ConfigState config) {
    List<Line> lines = status.lines();
    long down =
        lines.stream()
            .flatMap(line -> line.endpoints().stream())
            .filter(endpoint -> !endpoint.available())
            .count();
    Line serving = null;
    for (Line line : lines) {
      if (serving == null && line.endpoints().stream().anyMatch(Endpoint::available)) {
        serving = line;
      }
    }
    if (serving == null) {
      return new Verdict(Level.CRITICAL, "No line has an available endpoint.");
    }
    if (serving.role().equals("backup")) {
      return new Verdict(
          Level.WARNING,
          lines.get(0).name() + " is down; " + serving.name() + " carries the traffic.");
    }
    if (down > 0) {
      return new Verdict(
          Level.WARNING,
          serving.name() + " carries the traffic; endpoints that are not available: " + down + ".");
    }
    if (config.lastReload().equals("refused")) {
      return new Verdict(
          Level.WARNING, "The last change of the configuration was refused; the old one serves.");
    }
    return new Verdict(Level.OK, serving.name() + " carries the traffic; every endpoint works.");
  }
}
