// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.status;

import io.gatewaykit.healthcheck.CheckerSnapshot;
import io.gatewaykit.healthcheck.CheckerSnapshot.Counts;
import io.gatewaykit.healthcheck.CheckerSnapshot.PastProbe;
import io.gatewaykit.healthcheck.CheckerSnapshot.TargetView;
import io.gatewaykit.healthcheck.CheckerSnapshot.Totals;
import io.gatewaykit.healthcheck.state.ProbeResult;
import java.time.Duration;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Renders a snapshot as JSON: complete, in plain ASCII, and safe to embed in HTML. */
public final class JsonStatus {
  private final StringBuilder out = new StringBuilder();

  private JsonStatus() {}

  /** Returns a snapshot as an object. */
  public static String render(CheckerSnapshot snapshot) {
    var json = new JsonStatus();
    json.write(snapshot);
    return json.out.toString();
  }

  private void write(CheckerSnapshot snapshot) {
    out.append('{');
    text("name", snapshot.name());
    number("sequence", snapshot.sequence());
    raw("panicking", Boolean.toString(snapshot.panicking()));
    name("targets");
    list(snapshot.targets(), (json, view) -> json.write(view));
    totals(snapshot.totals());
    out.append('}');
  }

  private void write(TargetView view) {
    out.append('{');
    text("id", view.target().id());
    text("address", StatusNames.address(view.target()));
    text("role", StatusNames.role(view).toLowerCase(Locale.ROOT));
    text("state", StatusNames.of(view.state()));
    text("decidedBy", StatusNames.of(view.decidedBy()));
    text("cause", view.cause());
    number("inStateMillis", view.age().toMillis());
    text("needs", view.needs());
    counts("active", view.active());
    counts("passive", view.passive());
    number("probes", view.probes());
    number("inconclusive", view.inconclusive());
    number("staleReports", view.staleReports());
    number("unclassified", view.unclassified());
    Duration next = view.nextProbe();
    number("nextProbeMillis", next == null ? -1 : next.toMillis());
    probe(view.lastProbe());
    name("history");
    list(view.history(), (json, past) -> json.write(past));
    out.append('}');
  }

  private void counts(String name, @Nullable Counts counts) {
    name(name);
    if (counts == null) {
      out.append("null");
      return;
    }
    out.append('{');
    text("verdict", StatusNames.of(counts.verdict()));
    number("successes", counts.successes());
    number("httpFailures", counts.httpFailures());
    number("tcpFailures", counts.tcpFailures());
    number("timeouts", counts.timeouts());
    out.append('}');
  }

  private void probe(@Nullable ProbeResult probe) {
    name("lastProbe");
    if (probe == null) {
      out.append("null");
      return;
    }
    out.append('{');
    text("cause", StatusNames.of(probe.cause()));
    number("status", probe.status());
    raw("latencyMillis", StatusNames.millis(probe.latencyNanos()));
    text("detail", probe.detail());
    if (probe.certificateExpiry() != null) {
      text("certificateExpiry", probe.certificateExpiry().toString());
    }
    out.append('}');
  }

  private void write(PastProbe past) {
    out.append('{');
    text("cause", StatusNames.of(past.cause()));
    number("status", past.status());
    raw("latencyMillis", StatusNames.millis(past.latency()));
    number("agoMillis", past.age().toMillis());
    out.append('}');
  }

  private void totals(Totals totals) {
    name("totals");
    out.append('{');
    map("probes", totals.probes());
    number("inconclusive", totals.inconclusive());
    map("transitions", totals.transitions());
    number("lostEvents", totals.lostEvents());
    number("probesInFlight", totals.probesInFlight());
    raw("lagMillis", StatusNames.millis(totals.lag()));
    out.append('}');
  }

  private <K extends Enum<K>> void map(String name, Map<K, Long> map) {
    name(name);
    out.append('{');
    map.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(entry -> number(StatusNames.of(entry.getKey()), entry.getValue()));
    out.append('}');
  }

  private <T> void list(Iterable<T> items, BiConsumer<JsonStatus, T> each) {
    out.append('[');
    Iterator<T> left = items.iterator();
    while (left.hasNext()) {
      each.accept(this, left.next());
      if (left.hasNext()) {
        out.append(',');
      }
    }
    out.append(']');
  }

  private void name(String name) {
    if (out.charAt(out.length() - 1) != '{') {
      out.append(',');
    }
    quoted(name);
    out.append(':');
  }

  private void text(String name, String value) {
    name(name);
    quoted(value);
  }

  private void number(String name, long value) {
    raw(name, Long.toString(value));
  }

  private void raw(String name, String value) {
    name(name);
    out.append(value);
  }

  private void quoted(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&') {
        out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }
}
