// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.status;

import io.gatewaykit.healthcheck.CheckerSnapshot;
import io.gatewaykit.healthcheck.CheckerSnapshot.TargetView;
import io.gatewaykit.healthcheck.state.TargetState;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Renders snapshots in the Prometheus text format 0.0.4. Series end with their targets, since all
 * of them are derived from a snapshot.
 */
public final class PrometheusStatus {
  private final StringBuilder out = new StringBuilder();
  private final Collection<CheckerSnapshot> snapshots;

  private PrometheusStatus(Collection<CheckerSnapshot> snapshots) {
    this.snapshots = snapshots;
  }

  /** Returns the metrics of one checker. */
  public static String render(CheckerSnapshot snapshot) {
    return render(List.of(snapshot));
  }

  /** Returns the metrics of several checkers, with each metric family declared once. */
  public static String render(Collection<CheckerSnapshot> snapshots) {
    var writer = new PrometheusStatus(snapshots);
    writer.targets();
    writer.checkers();
    return writer.out.toString();
  }

  private void targets() {
    family("gateway_healthcheck_target_up", "gauge", "1 while the target is available.");
    each((snapshot, view) ->
        sample(
            "gateway_healthcheck_target_up",
            labels(snapshot, view),
            view.state().health().available() ? 1 : 0));
    family("gateway_healthcheck_state", "gauge", "1 for the current state of the target.");
    each((snapshot, view) -> {
      for (TargetState state : TargetState.values()) {
        String labels = labels(snapshot, view) + ",state=\"" + StatusNames.of(state) + "\"";
        sample("gateway_healthcheck_state", labels, view.state() == state ? 1 : 0);
      }
    });
    family("gateway_healthcheck_target_probes_total", "counter", "Probes with a result.");
    each((snapshot, view) ->
        sample("gateway_healthcheck_target_probes_total", labels(snapshot, view), view.probes()));
  }

  private void checkers() {
    family("gateway_healthcheck_probes_total", "counter", "Probes by outcome.");
    for (CheckerSnapshot snapshot : snapshots) {
      byWord("gateway_healthcheck_probes_total", snapshot, "outcome", snapshot.totals().probes());
    }
    family("gateway_healthcheck_probe_seconds", "summary", "Duration of probes.");
    for (CheckerSnapshot snapshot : snapshots) {
      long count = snapshot.totals().probes().values().stream().mapToLong(Long::longValue).sum();
      String seconds =
          String.format(Locale.ROOT, "%.6f", snapshot.totals().probeTime().toNanos() / 1e9);
      sample("gateway_healthcheck_probe_seconds_sum", group(snapshot), seconds);
      sample("gateway_healthcheck_probe_seconds_count", group(snapshot), count);
    }
    family("gateway_healthcheck_transitions_total", "counter", "State transitions by new state.");
    for (CheckerSnapshot snapshot : snapshots) {
      Map<TargetState, Long> transitions = snapshot.totals().transitions();
      byWord("gateway_healthcheck_transitions_total", snapshot, "to", transitions);
    }
    gauges();
  }

  private void gauges() {
    family("gateway_healthcheck_panic", "gauge", "1 in panic mode: too few targets are available.");
    for (CheckerSnapshot snapshot : snapshots) {
      sample("gateway_healthcheck_panic", group(snapshot), snapshot.panicking() ? 1 : 0);
    }
    family("gateway_healthcheck_in_flight", "gauge", "Probes in flight in the checker's engine.");
    for (CheckerSnapshot snapshot : snapshots) {
      int inFlight = snapshot.totals().probesInFlight();
      sample("gateway_healthcheck_in_flight", group(snapshot), inFlight);
    }
    family("gateway_healthcheck_loop_lag_seconds", "gauge", "Recent scheduling lag of the engine.");
    for (CheckerSnapshot snapshot : snapshots) {
      String lag = String.format(Locale.ROOT, "%.6f", snapshot.totals().lag().toNanos() / 1e9);
      sample("gateway_healthcheck_loop_lag_seconds", group(snapshot), lag);
    }
  }

  private interface PerTarget {
    void write(CheckerSnapshot snapshot, TargetView view);
  }

  private void each(PerTarget writer) {
    for (CheckerSnapshot snapshot : snapshots) {
      snapshot.targets().forEach(view -> writer.write(snapshot, view));
    }
  }

  private <K extends Enum<K>> void byWord(
      String name, CheckerSnapshot snapshot, String label, Map<K, Long> values) {
    values.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(entry -> {
          String labels =
              group(snapshot) + "," + label + "=\"" + StatusNames.of(entry.getKey()) + "\"";
          sample(name, labels, entry.getValue());
        });
  }

  private void family(String name, String type, String help) {
    out.append("# HELP ").append(name).append(' ').append(help).append('\n');
    out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  private void sample(String name, String labels, long value) {
    sample(name, labels, Long.toString(value));
  }

  private void sample(String name, String labels, String value) {
    out.append(name).append('{').append(labels).append("} ").append(value).append('\n');
  }

  private static String group(CheckerSnapshot snapshot) {
    return "group=\"" + escaped(snapshot.name()) + "\"";
  }

  private static String labels(CheckerSnapshot snapshot, TargetView view) {
    return group(snapshot)
        + ",node=\""
        + escaped(view.target().id())
        + "\",address=\""
        + escaped(StatusNames.address(view.target()))
        + "\",role=\""
        + StatusNames.role(view).toLowerCase(Locale.ROOT)
        + "\"";
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}
