package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.failover.GroupSnapshot.EndpointStatus;
import io.gatewaykit.failover.GroupSnapshot.EndpointView;
import io.gatewaykit.failover.GroupSnapshot.LineRole;
import io.gatewaykit.failover.GroupSnapshot.LineView;
import io.gatewaykit.failover.GroupSnapshot.Traffic;
import java.util.ArrayList;
import java.util.List;

/** Turns what a group remembers into what its snapshot shows, all at one reading of the clock. */
final class SnapshotView<T> {
  private final Topology<T> topology;
  private final HealthSignal health;
  private final SwitchLog switches;
  private final long now;
  private final long allPicks;

  SnapshotView(Topology<T> topology, HealthSignal health, SwitchLog switches, long now) {
    this.topology = topology;
    this.health = health;
    this.switches = switches;
    this.now = now;
    this.allPicks = topology.endpoints().values().stream().mapToLong(e -> e.picks.sum()).sum();
  }

  GroupSnapshot of(String name, long panics, long retriesRefused) {
    SwitchLog.Move last = switches.last();
    var views = new ArrayList<LineView>();
    for (LineState<T> line : topology.lines()) {
      views.add(line(line, last));
    }
    return new GroupSnapshot(
        name, last.to(), panics, retriesRefused, List.copyOf(views), switches.recent(now));
  }

  private LineView line(LineState<T> line, SwitchLog.Move last) {
    var views = new ArrayList<EndpointView>();
    for (EndpointState<T> state : line.endpoints) {
      views.add(endpoint(state));
    }
    boolean up = views.stream().anyMatch(view -> view.state() == EndpointStatus.AVAILABLE);
    boolean active = line.line.id().equals(last.to());
    LineRole role = !up ? LineRole.DOWN : active ? LineRole.ACTIVE : LineRole.STANDBY;
    Since.Seen<LineRole> seen = line.role().see(role, now, before -> cause(role, before, last));
    return new LineView(
        line.line.id(),
        line.line.priority(),
        role,
        seen.standing(now),
        traffic(line.endpoints),
        List.copyOf(views));
  }

  private static String cause(LineRole role, LineRole before, SwitchLog.Move last) {
    return switch (role) {
      case ACTIVE -> last.cause();
      case DOWN -> "no endpoint is available";
      case STANDBY -> before == LineRole.DOWN ? "an endpoint is available again" : last.cause();
    };
  }

  private EndpointView endpoint(EndpointState<T> state) {
    String id = state.endpoint.id();
    Health said = health.health(id);
    Since.Seen<EndpointStatus> seen = state.status(said, now);
    return new EndpointView(
        id,
        state.endpoint.weight(),
        said,
        seen.state(),
        seen.standing(now),
        traffic(List.of(state)));
  }

  private Traffic traffic(List<EndpointState<T>> states) {
    long picks = 0;
    long successes = 0;
    long failures = 0;
    int inFlight = 0;
    long[] latencies = LatencyHistogram.newSum();
    for (EndpointState<T> state : states) {
      picks += state.picks.sum();
      successes += state.successes.sum();
      failures += state.failures.sum();
      inFlight += state.inFlight.get();
      state.latencies.addTo(latencies, now);
    }
    return new Traffic(
        picks,
        allPicks == 0 ? 0 : (double) picks / allPicks,
        successes,
        failures,
        inFlight,
        LatencyHistogram.quantile(latencies, 0.5),
        LatencyHistogram.quantile(latencies, 0.95));
  }
}
