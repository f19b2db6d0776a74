// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import io.gatewaykit.edge.admin.GatewayStatus.Endpoint;
import io.gatewaykit.edge.admin.GatewayStatus.Level;
import io.gatewaykit.edge.admin.GatewayStatus.Line;
import io.gatewaykit.edge.admin.GatewayStatus.Verdict;
import io.gatewaykit.edge.upstream.LinesStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Summarises the state of the gateway in one sentence. */
final class StatusVerdict {
  private StatusVerdict() {}

  static Verdict of(LinesStatus status, ConfigState config) {
    List<Line> lines = status.lines();
    long down =
        lines.stream()
            .flatMap(line -> line.endpoints().stream())
            .filter(endpoint -> !endpoint.available())
            .count();
    Line serving = serving(lines);
    if (serving == null) {
      return new Verdict(Level.CRITICAL, "No line has an available endpoint.");
    }
    if (serving.role().equals("backup")) {
      String primary = lines.get(0).name();
      return new Verdict(
          Level.WARNING,
          works(lines.get(0))
              ? serving.name()
                  + " serves the traffic; "
                  + primary
                  + " has recovered and takes over after its hold time."
              : primary + " is down; " + serving.name() + " serves the traffic.");
    }
    if (down > 0) {
      return new Verdict(
          Level.WARNING,
          serving.name() + " serves the traffic; unavailable endpoints: " + down + ".");
    }
    if (config.lastReload().equals("rejected")) {
      return new Verdict(
          Level.WARNING,
          "The last configuration change was rejected; the previous configuration is active.");
    }
    return new Verdict(
        Level.OK, serving.name() + " serves the traffic; all endpoints are available.");
  }

  /** Returns the active line if it has an available endpoint, otherwise the best that has one. */
  private static @Nullable Line serving(List<Line> lines) {
    Line best = null;
    for (Line line : lines) {
      if (works(line)) {
        if (line.active()) {
          return line;
        }
        best = best == null ? line : best;
      }
    }
    return best;
  }

  private static boolean works(Line line) {
    return line.endpoints().stream().anyMatch(Endpoint::available);
  }
}
