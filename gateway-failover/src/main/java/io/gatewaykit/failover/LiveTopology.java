// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.GroupSnapshot.LineRole;
import io.gatewaykit.failover.internal.line.LineCourse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a group, best first, with the state of each line and endpoint. Immutable; an update
 * creates the next one, which inherits the state of all retained lines and endpoints.
 */
record LiveTopology<T>(
    Topology<T> source, List<Placed<T>> lines, Map<String, EndpointState<T>> endpoints) {

  /** A line with its endpoints in this topology. */
  record Placed<T>(LineState<T> state, Line<T> line, List<EndpointState<T>> endpoints) {}

  static <T> LiveTopology<T> empty() {
    return new LiveTopology<>(new Topology<>(List.of()), List.of(), Map.of());
  }

  /** Returns the topology of these lines; the functions create the state of new ones. */
  LiveTopology<T> next(
      Topology<T> source,
      boolean countAll,
      Function<Endpoint<T>, EndpointState<T>> freshEndpoint,
      Function<Line<T>, LineCourse> freshCourse,
      long now) {
    var order = new ArrayList<>(source.lines());
    order.sort(Comparator.comparingInt(Line::priority)); // stable: ties keep the caller's order
    var nextLines = new ArrayList<Placed<T>>();
    var nextEndpoints = new HashMap<String, EndpointState<T>>();
    for (Line<T> line : order) {
      var members = new ArrayList<EndpointState<T>>();
      LineState<T> lineState = state(line, countAll, freshCourse, now);
      for (Endpoint<T> endpoint : line.endpoints()) {
        EndpointState<T> state = endpoints.get(endpoint.id());
        if (state == null) {
          state = freshEndpoint.apply(endpoint);
        }
        state.endpoint = endpoint;
        state.line = lineState;
        nextEndpoints.put(endpoint.id(), state);
        members.add(state);
      }
      nextLines.add(new Placed<>(lineState, line, List.copyOf(members)));
    }
    return new LiveTopology<>(source, List.copyOf(nextLines), Map.copyOf(nextEndpoints));
  }

  private LineState<T> state(
      Line<T> line, boolean countAll, Function<Line<T>, LineCourse> freshCourse, long now) {
    boolean counted = countAll || line.capacity() > 0;
    Placed<T> placed = line(line.id());
    if (placed == null) {
      StateHistory<LineRole> role = new StateHistory<>(LineRole.STANDBY, now, "new");
      return new LineState<>(line, counted, freshCourse.apply(line), role);
    }
    LineState<T> before = placed.state;
    if (before.counted == counted) {
      before.line = line;
      return before;
    }
    // Open leases are released at the old state, so a new state that counts leases starts at 0.
    return new LineState<>(line, counted, before.course, before.role);
  }

  @Nullable Placed<T> line(String lineId) {
    for (Placed<T> placed : lines) {
      if (placed.line.id().equals(lineId)) {
        return placed;
      }
    }
    return null;
  }

  /** Returns the priority of the line; a removed one ranks last. */
  int priority(String lineId) {
    Placed<T> placed = line(lineId);
    return placed == null ? Integer.MAX_VALUE : placed.line.priority();
  }
}
