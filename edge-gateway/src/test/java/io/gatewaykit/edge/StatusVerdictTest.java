// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.edge.admin.GatewayStatus.Endpoint;
import io.gatewaykit.edge.admin.GatewayStatus.Level;
import io.gatewaykit.edge.admin.GatewayStatus.Line;
import io.gatewaykit.edge.admin.GatewayStatus.Verdict;
import io.gatewaykit.edge.upstream.LinesStatus;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The headline matches the active line. */
class StatusVerdictTest {
  private static Line line(String name, String role, boolean active, boolean available) {
    var endpoint =
        new Endpoint(
            name + "-1",
            1,
            "healthy",
            available,
            0,
            "active",
            0,
            0,
            0,
            0,
            "",
            null,
            null,
            null,
            0,
            0,
            0);
    return new Line(name, name, 0, role, active, false, List.of(endpoint));
  }

  private static Verdict verdict(Line... lines) {
    return StatusVerdict.of(new LinesStatus("", List.of(lines)), ConfigState.first("edge.yaml", 0));
  }

  @Test
  void primaryInUse_isOk() {
    assertThat(verdict(line("hk", "primary", true, true), line("de", "backup", false, true)))
        .isEqualTo(new Verdict(Level.OK, "hk serves the traffic; all endpoints are available."));
  }

  @Test
  void backupInUse_primaryBack_isShown() {
    assertThat(verdict(line("hk", "primary", false, true), line("de", "backup", true, true)))
        .isEqualTo(
            new Verdict(
                Level.WARNING,
                "de serves the traffic; hk has recovered and takes over after its hold time."));
  }

  @Test
  void backupInUse_primaryDown_isShown() {
    assertThat(verdict(line("hk", "primary", false, false), line("de", "backup", true, true)))
        .isEqualTo(new Verdict(Level.WARNING, "hk is down; de serves the traffic."));
  }

  @Test
  void lineInUseHasFailed_theNextOneIsNamed() {
    assertThat(verdict(line("hk", "primary", true, false), line("de", "backup", false, true)))
        .isEqualTo(new Verdict(Level.WARNING, "hk is down; de serves the traffic."));
    assertThat(verdict(line("hk", "primary", true, false)).level()).isEqualTo(Level.CRITICAL);
  }
}
