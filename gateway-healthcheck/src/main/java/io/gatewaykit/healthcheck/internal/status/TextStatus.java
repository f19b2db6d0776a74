package io.gatewaykit.healthcheck.internal.status;

import io.gatewaykit.healthcheck.CheckerSnapshot;
import io.gatewaykit.healthcheck.CheckerSnapshot.TargetView;
import io.gatewaykit.healthcheck.ProbeResult;
import java.util.Collection;

/**
 * Text: the layout of lua-resty-upstream-healthcheck's page, byte by byte, and lines for people.
 */
public final class TextStatus {
  private static final String LINE = "\n";

  private TextStatus() {}

  /** Writes all peers with UP or DOWN. */
  public static String text(Collection<CheckerSnapshot> snapshots) {
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
            .append(Words.address(view.target()))
            .append(' ')
            .append(Words.upDown(view))
            .append(LINE);
      }
    }
  }

  /** Writes one line: how the target stands, why, and what would change it. */
  public static String explain(TargetView view) {
    ProbeResult probe = view.lastProbe();
    String last =
        probe == null
            ? "none"
            : Words.of(probe.cause())
                + ", "
                + probe.detail()
                + ", "
                + Words.millis(probe.latencyNanos())
                + " ms";
    return view.target().id()
        + " at "
        + Words.address(view.target())
        + " is "
        + Words.of(view.state())
        + " for "
        + Words.time(view.inStateNanos())
        + " by "
        + Words.of(view.decidedBy())
        + " ("
        + view.cause()
        + "); needs "
        + view.needs()
        + "; last probe: "
        + last;
  }
}
