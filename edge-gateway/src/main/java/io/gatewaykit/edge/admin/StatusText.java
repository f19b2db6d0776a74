// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.admin;

import io.gatewaykit.edge.config.GatewayConfig.DefaultsConfig;
import io.gatewaykit.edge.proxy.ProxyLoad;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Renders the status for a terminal. */
final class StatusText {
  private StatusText() {}

  static String of(GatewayStatus status) {
    var out = new StringBuilder(2048);
    line(
        out,
        "GatewayKit edge gateway %s, up %s",
        status.version(),
        age(status.startedAt(), status.at()));
    line(out, "%s: %s", status.verdict().level(), status.verdict().sentence());
    GatewayStatus.Config config = status.config();
    line(
        out,
        "Configuration: %s, revision %d, last reload %s",
        config.source(),
        config.revision(),
        config.lastReload());
    config.pending().forEach(change -> line(out, "    %s", change));
    config.problems().forEach(problem -> line(out, "    %s", problem));
    GatewayStatus.Traffic traffic = status.traffic();
    line(
        out,
        "Requests: %d (%.0f/s), %d in flight, %d limited, %d blocked, %d failed",
        traffic.requests(),
        traffic.perSecond(),
        traffic.inFlight(),
        traffic.limited(),
        traffic.blocked(),
        traffic.failed());
    ProxyLoad load = status.load();
    line(
        out,
        "Clients: %d of %d connections, %d KiB of %d held, %d of %d not reading",
        load.connections(),
        load.maxConnections(),
        load.heldBytes() >> 10,
        load.maxHeldBytes() >> 10,
        load.slowReaders(),
        load.maxSlowReaders());
    line(
        out,
        "    rejected: %d connections, %d over the memory bound, %d too slow, %d not reading",
        load.rejectedConnections(),
        load.rejectedHolds(),
        load.slowRequests(),
        load.droppedReaders());
    for (GatewayStatus.Line l : status.lines()) {
      line(
          out,
          "%nLine %s (%s, priority %d%s)",
          l.name(),
          l.role(),
          l.priority(),
          l.active() ? ", active" : "");
      l.endpoints().forEach(e -> endpoint(out, e, status.at()));
    }
    line(out, "%nSwitches");
    status
        .switches()
        .forEach(
            s -> line(out, "    %s ago %s: %s", age(s.at(), status.at()), s.what(), s.cause()));
    line(out, "%nLimiters");
    for (GatewayStatus.Limiter l : status.limiters()) {
      line(
          out,
          "    %s %s burst %d %s by %s: %d allowed, %d delayed, %d rejected, %d keys",
          l.name(),
          l.rate(),
          l.burst(),
          l.mode(),
          l.key(),
          l.allowed(),
          l.delayed(),
          l.rejected(),
          l.keys());
    }
    GatewayStatus.Waf waf = status.waf();
    line(out, "%nWAF %s: %d blocked, %d detected", waf.mode(), waf.blocked(), waf.detected());
    if (!waf.unguarded().isEmpty()) {
      line(out, "    off for routes %s", String.join(", ", waf.unguarded()));
    }
    for (GatewayStatus.Incident i : waf.incidents()) {
      line(
          out,
          "    %s %s %s %s",
          i.id(),
          i.blocked() ? "blocked" : "detected",
          i.request(),
          String.join(",", i.rules()));
    }
    line(out, "%nRoutes");
    for (GatewayStatus.Route r : status.routes()) {
      line(
          out,
          "    %s %s: %s, limit %s, waf %s, %d hits",
          r.name().equals(DefaultsConfig.NAME) ? "last" : Integer.toString(r.priority()),
          r.name(),
          r.match(),
          r.limit().isEmpty() ? "none" : r.limit(),
          r.waf() ? "on" : "off",
          r.hits());
    }
    return out.toString();
  }

  private static void endpoint(StringBuilder out, GatewayStatus.Endpoint e, long now) {
    line(
        out,
        "    %s %s %s%s by %s; ok %d, http %d, tcp %d, timeout %d; probe %s; success %s, p50 %s, p95"
            + " %s, %d in flight, share %.1f %%",
        e.id(),
        e.available() ? "up" : "DOWN",
        e.state(),
        e.since() == 0 ? "" : " for " + age(e.since(), now),
        e.decidedBy(),
        e.successes(),
        e.httpFailures(),
        e.tcpFailures(),
        e.timeouts(),
        e.lastProbe().isEmpty() ? "none" : e.lastProbe(),
        value(e.successPercent(), " %"),
        value(e.p50Millis(), " ms"),
        value(e.p95Millis(), " ms"),
        e.inFlight(),
        e.sharePercent());
  }

  private static String value(@Nullable Double number, String unit) {
    return number == null ? "-" : String.format(Locale.ROOT, "%.1f%s", number, unit);
  }

  static String age(long from, long to) {
    Duration age = Duration.ofMillis(Math.max(0, to - from));
    if (age.toHours() > 0) {
      return age.toHours() + "h " + age.toMinutesPart() + "m";
    }
    return age.toMinutes() > 0
        ? age.toMinutes() + "m " + age.toSecondsPart() + "s"
        : age.toSeconds() + "s";
  }

  /**
   * Values are passed as format arguments only. Characters that control a terminal, or hide or
   * reorder others, are escaped: ASCII and ISO 8859 controls (such as U+009B, which introduces
   * escape sequences), format characters, and line separators.
   */
  @SuppressWarnings("AnnotateFormatMethod") // the annotation is not a dependency of this module
  private static void line(StringBuilder out, String format, Object... values) {
    for (int i = 0; i < values.length; i++) {
      if (values[i] instanceof String text) {
        values[i] = escaped(text);
      }
    }
    out.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private static String escaped(String text) {
    var result = new StringBuilder(text.length());
    text.codePoints()
        .forEach(c -> {
          switch (Character.getType(c)) {
            case Character.CONTROL,
                Character.FORMAT,
                Character.LINE_SEPARATOR,
                Character.PARAGRAPH_SEPARATOR,
                Character.SURROGATE,
                Character.PRIVATE_USE,
                Character.UNASSIGNED ->
                result.append(String.format(Locale.ROOT, "\\u%04x", c));
            default -> result.appendCodePoint(c);
          }
        });
    return result.toString();
  }
}
