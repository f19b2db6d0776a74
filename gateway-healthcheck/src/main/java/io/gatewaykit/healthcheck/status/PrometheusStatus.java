// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.status;

import io.gatewaykit.api.internal.PrometheusText;
import io.gatewaykit.healthcheck.CheckerSnapshot;
import io.gatewaykit.healthcheck.CheckerSnapshot.TargetView;
import io.gatewaykit.healthcheck.state.TargetState;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Renders snapshots in the Prometheus text format 0.0.4. Series end with their targets, since all
 * of them are derived from a snapshot.
 */
public final class PrometheusStatus {
  private final PrometheusText out = new PrometheusText();
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
    out.family("gateway_healthcheck_target_up", "gauge", "1 while the target is available.");
    each((snapshot, view) ->
        sample(
            "gateway_healthcheck_target_up",
            view.state().health().available() ? 1 : 0,
            snapshot,
            view));
    out.family("gateway_healthcheck_state", "gauge", "1 for the current state of the target.");
    each((snapshot, view) -> {
      for (TargetState state : TargetState.values()) {
        sample(
            "gateway_healthcheck_state",
            view.state() == state ? 1 : 0,
            snapshot,
            view,
            "state",
            StatusNames.of(state));
      }
    });
    out.family("gateway_healthcheck_target_probes_total", "counter", "Probes with a result.");
    each((snapshot, view) ->
        sample("gateway_healthcheck_target_probes_total", view.probes(), snapshot, view));
  }

  private void checkers() {
    out.family("gateway_healthcheck_probes_total", "counter", "Probes by outcome.");
    for (CheckerSnapshot snapshot : snapshots) {
      byWord("gateway_healthcheck_probes_total", snapshot, "outcome", snapshot.totals().probes());
    }
    out.family("gateway_healthcheck_probe_seconds", "summary", "Duration of probes.");
    for (CheckerSnapshot snapshot : snapshots) {
      long count = snapshot.totals().probes().values().stream().mapToLong(Long::longValue).sum();
      long nanos = snapshot.totals().probeTime().toNanos();
      out.seconds("gateway_healthcheck_probe_seconds_sum", nanos, "group", snapshot.name());
      out.sample("gateway_healthcheck_probe_seconds_count", count, "group", snapshot.name());
    }
    out.family(
        "gateway_healthcheck_transitions_total", "counter", "State transitions by new state.");
    for (CheckerSnapshot snapshot : snapshots) {
      Map<TargetState, Long> transitions = snapshot.totals().transitions();
      byWord("gateway_healthcheck_transitions_total", snapshot, "to", transitions);
    }
    gauges();
  }

  private void gauges() {
    out.family(
        "gateway_healthcheck_panic", "gauge", "1 in panic mode: too few targets are available.");
    for (CheckerSnapshot snapshot : snapshots) {
      int panicking = snapshot.panicking() ? 1 : 0;
      out.sample("gateway_healthcheck_panic", panicking, "group", snapshot.name());
    }
    out.family(
        "gateway_healthcheck_in_flight", "gauge", "Probes in flight in the checker's engine.");
    for (CheckerSnapshot snapshot : snapshots) {
      int inFlight = snapshot.totals().probesInFlight();
      out.sample("gateway_healthcheck_in_flight", inFlight, "group", snapshot.name());
    }
    out.family(
        "gateway_healthcheck_loop_lag_seconds", "gauge", "Recent scheduling lag of the engine.");
    for (CheckerSnapshot snapshot : snapshots) {
      long nanos = snapshot.totals().lag().toNanos();
      out.seconds("gateway_healthcheck_loop_lag_seconds", nanos, "group", snapshot.name());
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
        .forEach(entry ->
            out.sample(
                name,
                entry.getValue(),
                "group",
                snapshot.name(),
                label,
                StatusNames.of(entry.getKey())));
  }

  /** Writes a sample of a target, with the labels of all targets and further ones. */
  private void sample(
      String name, long value, CheckerSnapshot snapshot, TargetView view, String... further) {
    Stream<String> common =
        Stream.of(
            "group",
            snapshot.name(),
            "node",
            view.target().id(),
            "address",
            StatusNames.address(view.target()),
            "role",
            StatusNames.role(view).toLowerCase(Locale.ROOT));
    out.sample(name, value, Stream.concat(common, Stream.of(further)).toArray(String[]::new));
  }
}
