// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.internal.LatencyHistogram;
import io.gatewaykit.failover.GroupSnapshot.EndpointStatus;
import io.gatewaykit.failover.GroupSnapshot.EndpointView;
import io.gatewaykit.failover.GroupSnapshot.LineRole;
import io.gatewaykit.failover.GroupSnapshot.LineView;
import io.gatewaykit.failover.GroupSnapshot.Traffic;
import io.gatewaykit.failover.LiveTopology.Placed;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Builds the snapshot of a group as of one clock reading. */
final class SnapshotBuilder<T> {
  private final SelectionTable<T> table;
  private final SwitchHistory switches;
  private final Collection<EndpointState<T>> departed;
  private final long now;
  private final long allPicks;

  SnapshotBuilder(
      SelectionTable<T> table,
      SwitchHistory switches,
      Collection<EndpointState<T>> departed,
      long now) {
    this.table = table;
    this.departed = departed;
    this.switches = switches;
    this.now = now;
    this.allPicks =
        table.topology.endpoints().values().stream().mapToLong(EndpointState::picks).sum();
  }

  GroupSnapshot build(
      String name,
      boolean panicking,
      long panics,
      long retriesRejected,
      long exhausted,
      GroupSnapshot.Waiting waiting,
      GroupSnapshot.Misuse misuse) {
    SwitchHistory.Move last = switches.last();
    var views = new ArrayList<LineView>();
    for (Placed<T> line : table.topology.lines()) {
      views.add(line(line, last));
    }
    return new GroupSnapshot(
        name,
        last.to(),
        panicking,
        panics,
        retriesRejected,
        exhausted,
        waiting,
        misuse,
        List.copyOf(views),
        switches.recent(now));
  }

  private LineView line(Placed<T> line, SwitchHistory.Move last) {
    var views = new ArrayList<EndpointView>();
    for (EndpointState<T> state : line.endpoints()) {
      views.add(endpoint(state));
    }
    for (EndpointState<T> state : departed) {
      if (state.line == line.state() && state.inFlight() > 0) {
        views.add(endpoint(state));
      }
    }
    boolean up = views.stream().anyMatch(view -> view.state() == EndpointStatus.AVAILABLE);
    boolean active = line.line().id().equals(last.to());
    LineRole role = !up ? LineRole.DOWN : active ? LineRole.ACTIVE : LineRole.STANDBY;
    StateHistory.Entry<LineRole> seen =
        line.state().role.update(role, now, before -> cause(role, before, last));
    return new LineView(
        line.line().id(),
        line.line().provider(),
        line.line().priority(),
        table.share(line.state()) / (double) SelectionTable.SLOTS,
        role,
        seen.lastChange(now),
        traffic(line.endpoints()),
        List.copyOf(views));
  }

  private static String cause(LineRole role, LineRole before, SwitchHistory.Move last) {
    return switch (role) {
      case ACTIVE -> last.cause();
      case DOWN -> "no endpoint available";
      case STANDBY -> before == LineRole.DOWN ? "endpoint available again" : last.cause();
    };
  }

  private EndpointView endpoint(EndpointState<T> state) {
    String id = state.endpoint.id();
    StateHistory.Entry<EndpointStatus> seen = state.status(now);
    return new EndpointView(
        id,
        state.endpoint.weight(),
        state.health(),
        seen.state(),
        seen.lastChange(now),
        traffic(List.of(state)));
  }

  private Traffic traffic(List<EndpointState<T>> states) {
    long picks = 0;
    long retries = 0;
    long successes = 0;
    long failures = 0;
    int inFlight = 0;
    long[] latencies = LatencyHistogram.newSum();
    for (EndpointState<T> state : states) {
      picks += state.picks();
      retries += state.retries();
      successes += state.successes();
      failures += state.failures();
      inFlight += state.inFlight();
      state.latencies.addTo(latencies, now);
    }
    return new Traffic(
        picks,
        retries,
        allPicks == 0 ? 0 : (double) picks / allPicks,
        successes,
        failures,
        inFlight,
        LatencyHistogram.quantile(latencies, 0.5),
        LatencyHistogram.quantile(latencies, 0.95));
  }
}
