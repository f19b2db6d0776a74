// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.status;

import io.gatewaykit.healthcheck.CheckerSnapshot;
import io.gatewaykit.healthcheck.CheckerSnapshot.TargetView;
import io.gatewaykit.healthcheck.state.ProbeResult;
import java.util.Collection;
import java.util.List;

/**
 * Renders snapshots as text: the exact layout of lua-resty-upstream-healthcheck's page, and lines
 * that explain a state.
 */
public final class TextStatus {
  private static final String LINE = "\n";

  private TextStatus() {}

  /** Returns the peers of one checker with UP or DOWN. */
  public static String render(CheckerSnapshot snapshot) {
    return render(List.of(snapshot));
  }

  /** Returns the peers of several checkers with UP or DOWN. */
  public static String render(Collection<CheckerSnapshot> snapshots) {
    var out = new StringBuilder();
    for (CheckerSnapshot snapshot : snapshots) {
      if (out.length() > 0) {
        out.append(LINE);
      }
      out.append("Upstream ").append(snapshot.name()).append(LINE);
      peers(out, "Primary Peers", snapshot, false);
      peers(out, "Backup Peers", snapshot, true);
    }
    return out.toString();
  }

  private static void peers(
      StringBuilder out, String title, CheckerSnapshot snapshot, boolean backup) {
    out.append("    ").append(title).append(LINE);
    for (TargetView view : snapshot.targets()) {
      if (view.target().backup() == backup) {
        out.append("        ")
            .append(StatusNames.address(view.target()))
            .append(' ')
            .append(StatusNames.upDown(view))
            .append(LINE);
      }
    }
  }

  /** Returns one line with the target's state, its cause and the condition for the next change. */
  public static String explain(TargetView view) {
    ProbeResult probe = view.lastProbe();
    String last =
        probe == null
            ? "none"
            : StatusNames.of(probe.cause())
                + ", "
                + probe.detail()
                + ", "
                + StatusNames.millis(probe.latencyNanos())
                + " ms";
    return view.target().id()
        + " at "
        + StatusNames.address(view.target())
        + ": "
        + StatusNames.of(view.state())
        + " for "
        + StatusNames.time(view.age())
        + ", decided by "
        + StatusNames.of(view.decidedBy())
        + " ("
        + view.cause()
        + "); needs "
        + view.needs()
        + "; last probe: "
        + last;
  }
}
