// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.status;

import io.gatewaykit.healthcheck.CheckerSnapshot;
import io.gatewaykit.healthcheck.CheckerSnapshot.PastProbe;
import io.gatewaykit.healthcheck.CheckerSnapshot.TargetView;
import io.gatewaykit.healthcheck.state.ProbeResult;
import java.util.Collection;
import java.util.List;

/**
 * Renders snapshots as an HTML page without scripts or external resources. No information is
 * conveyed by colour alone.
 */
public final class HtmlStatus {
  private static final String HEAD =
      """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8"><title>Health checks</title>
      <style>
      body{font:14px system-ui,sans-serif;margin:2em;color:#222}
      table{border-collapse:collapse;margin-bottom:2em}
      th,td{padding:.3em .8em;border-bottom:1px solid #ddd;text-align:left}
      .up{color:#176b2c}.down{color:#a4161a}.warn{background:#fff3cd;padding:.5em}
      </style></head><body><h1>Health checks</h1>
      """;

  private HtmlStatus() {}

  /** Returns the page of one checker. */
  public static String render(CheckerSnapshot snapshot) {
    return render(List.of(snapshot));
  }

  /** Returns one page of several checkers. */
  public static String render(Collection<CheckerSnapshot> snapshots) {
    var out = new StringBuilder(HEAD);
    for (CheckerSnapshot snapshot : snapshots) {
      out.append("<h2>").append(escaped(snapshot.name())).append("</h2>\n");
      if (snapshot.panicking()) {
        out.append("<p class=\"warn\">Panic: too few targets are available, all are used.</p>\n");
      }
      out.append("<table><tr><th>target<th>address<th>role<th>state<th>since<th>decided by")
          .append("<th>cause<th>needs<th>last probe<th>history, newest first</tr>\n");
      snapshot.targets().forEach(view -> row(out, view));
      out.append("</table>\n");
    }
    return out.append("</body></html>\n").toString();
  }

  private static void row(StringBuilder out, TargetView view) {
    ProbeResult probe = view.lastProbe();
    boolean up = view.state().health().available();
    out.append("<tr>");
    cell(out, view.target().id());
    cell(out, StatusNames.address(view.target()));
    cell(out, view.target().backup() ? "backup" : "primary");
    out.append(up ? "<td class=\"up\">" : "<td class=\"down\">")
        .append(escaped(StatusNames.of(view.state())));
    cell(out, StatusNames.time(view.age()));
    cell(out, StatusNames.of(view.decidedBy()));
    cell(out, view.cause());
    cell(out, view.needs());
    cell(
        out,
        probe == null
            ? "none"
            : probe.detail() + ", " + StatusNames.millis(probe.latencyNanos()) + " ms");
    var history = new StringBuilder();
    for (PastProbe past : view.history()) {
      history.append(history.length() == 0 ? "" : ", ").append(StatusNames.of(past.cause()));
    }
    cell(out, history.toString());
    out.append("</tr>\n");
  }

  private static void cell(StringBuilder out, String text) {
    out.append("<td>").append(escaped(text));
  }

  private static String escaped(String text) {
    var out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '&' -> out.append("&amp;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        default -> out.append(c < ' ' ? ' ' : c);
      }
    }
    return out.toString();
  }
}
