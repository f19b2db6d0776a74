// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.status;

import io.gatewaykit.api.internal.JsonWriter;
import io.gatewaykit.healthcheck.CheckerSnapshot;
import io.gatewaykit.healthcheck.CheckerSnapshot.Counts;
import io.gatewaykit.healthcheck.CheckerSnapshot.PastProbe;
import io.gatewaykit.healthcheck.CheckerSnapshot.TargetView;
import io.gatewaykit.healthcheck.CheckerSnapshot.Totals;
import io.gatewaykit.healthcheck.state.ProbeResult;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Renders a snapshot as JSON: complete, in plain ASCII, and safe to embed in HTML. */
public final class JsonStatus {
  private final JsonWriter json = new JsonWriter(4096);

  private JsonStatus() {}

  /** Returns a snapshot as an object. */
  public static String render(CheckerSnapshot snapshot) {
    var status = new JsonStatus();
    status.write(snapshot);
    return status.json.toString();
  }

  private void write(CheckerSnapshot snapshot) {
    json.beginObject();
    json.name("name").value(snapshot.name());
    json.name("sequence").value(snapshot.sequence());
    json.name("panicking").value(snapshot.panicking());
    json.name("targets").beginArray();
    snapshot.targets().forEach(this::write);
    json.endArray();
    totals(snapshot.totals());
    json.endObject();
  }

  private void write(TargetView view) {
    json.beginObject();
    json.name("id").value(view.target().id());
    json.name("address").value(StatusNames.address(view.target()));
    json.name("role").value(StatusNames.role(view).toLowerCase(Locale.ROOT));
    json.name("state").value(StatusNames.of(view.state()));
    json.name("decidedBy").value(StatusNames.of(view.decidedBy()));
    json.name("cause").value(view.cause());
    json.name("inStateMillis").value(view.age().toMillis());
    json.name("needs").value(view.needs());
    counts("active", view.active());
    counts("passive", view.passive());
    json.name("probes").value(view.probes());
    json.name("inconclusive").value(view.inconclusive());
    json.name("staleReports").value(view.staleReports());
    json.name("unclassified").value(view.unclassified());
    Duration next = view.nextProbe();
    json.name("nextProbeMillis").value(next == null ? -1 : next.toMillis());
    probe(view.lastProbe());
    json.name("history").beginArray();
    view.history().forEach(this::write);
    json.endArray().endObject();
  }

  private void counts(String name, @Nullable Counts counts) {
    json.name(name);
    if (counts == null) {
      json.nullValue();
      return;
    }
    json.beginObject();
    json.name("verdict").value(StatusNames.of(counts.verdict()));
    json.name("successes").value(counts.successes());
    json.name("httpFailures").value(counts.httpFailures());
    json.name("tcpFailures").value(counts.tcpFailures());
    json.name("timeouts").value(counts.timeouts());
    json.endObject();
  }

  private void probe(@Nullable ProbeResult probe) {
    json.name("lastProbe");
    if (probe == null) {
      json.nullValue();
      return;
    }
    json.beginObject();
    json.name("cause").value(StatusNames.of(probe.cause()));
    json.name("status").value(probe.status());
    json.name("latencyMillis").value(probe.latencyNanos() / 1e6);
    json.name("detail").value(probe.detail());
    if (probe.certificateExpiry() != null) {
      json.name("certificateExpiry").value(probe.certificateExpiry().toString());
    }
    json.endObject();
  }

  private void write(PastProbe past) {
    json.beginObject();
    json.name("cause").value(StatusNames.of(past.cause()));
    json.name("status").value(past.status());
    json.name("latencyMillis").value(past.latency().toNanos() / 1e6);
    json.name("agoMillis").value(past.age().toMillis());
    json.endObject();
  }

  private void totals(Totals totals) {
    json.name("totals").beginObject();
    map("probes", totals.probes());
    json.name("inconclusive").value(totals.inconclusive());
    map("transitions", totals.transitions());
    json.name("lostEvents").value(totals.lostEvents());
    json.name("probesInFlight").value(totals.probesInFlight());
    json.name("lagMillis").value(totals.lag().toNanos() / 1e6);
    json.endObject();
  }

  private <K extends Enum<K>> void map(String name, Map<K, Long> map) {
    json.name(name).beginObject();
    map.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            entry -> json.name(StatusNames.of(entry.getKey())).value(entry.getValue().longValue()));
    json.endObject();
  }
}
