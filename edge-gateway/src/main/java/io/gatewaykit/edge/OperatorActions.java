// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import io.gatewaykit.edge.admin.LineControls;
import io.gatewaykit.edge.admin.SwitchLog;
import io.gatewaykit.edge.admin.SwitchLog.Kind;
import io.gatewaykit.edge.demo.LineAction;
import io.gatewaykit.edge.demo.SimulatedLine;
import io.gatewaykit.edge.demo.SimulatedLines;
import io.gatewaykit.edge.upstream.LiveLines;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Drains and restores lines, and makes simulated lines fail. */
final class OperatorActions implements LineControls {
  private static final String DRAIN = "drain";
  private static final String UNDRAIN = "undrain";

  private final LiveLines lines;
  private final @Nullable SimulatedLines simulated;
  private final SwitchLog switches;

  OperatorActions(LiveLines lines, @Nullable SimulatedLines simulated, SwitchLog switches) {
    this.lines = lines;
    this.simulated = simulated;
    this.switches = switches;
  }

  @Override
  public List<String> names() {
    return lines.names();
  }

  @Override
  public List<String> actions() {
    var words = new ArrayList<String>(List.of(DRAIN, UNDRAIN));
    if (simulated != null) {
      for (LineAction action : LineAction.values()) {
        words.add(action.label());
      }
    }
    return words;
  }

  @Override
  public void apply(String line, String action) {
    switches.add(Kind.OPERATOR, line + ": " + action, "requested by an operator");
    switch (action) {
      case DRAIN -> lines.drain(line);
      case UNDRAIN -> lines.undrain(line);
      default -> simulate(line, LineAction.of(action));
    }
  }

  private void simulate(String name, LineAction action) {
    for (SimulatedLine line : simulated == null ? List.<SimulatedLine>of() : simulated.lines()) {
      if (line.name().equals(name)) {
        line.apply(action);
      }
    }
  }
}
