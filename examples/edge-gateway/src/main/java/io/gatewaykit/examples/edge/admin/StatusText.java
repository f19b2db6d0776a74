package io.gatewaykit.examples.edge.admin;

import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Writes the status for a terminal. */
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
    for (GatewayStatus.Line l : status.lines()) {
      line(
          out,
          "%nLine %s (%s, priority %d%s)",
          l.name(),
          l.role(),
          l.priority(),
          l.active() ? ", in use" : "");
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
          "    %d %s: %s, limit %s, waf %s, %d hits",
          r.priority(),
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

  /** Values go through the format's arguments only, control characters as blanks. */
  @SuppressWarnings("AnnotateFormatMethod") // the annotation is not a dependency here
  private static void line(StringBuilder out, String format, Object... values) {
    for (int i = 0; i < values.length; i++) {
      if (values[i] instanceof String text) {
        values[i] = text.replaceAll("\\p{Cntrl}", " ");
      }
    }
    out.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
