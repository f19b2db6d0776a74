package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.GroupSnapshot.LineRole;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a group, best first, each with what is remembered of it and of its endpoints.
 * Immutable; an update makes the next one, which takes over the memory of all that stays.
 */
record LiveTopology<T>(
    Topology<T> source, List<Placed<T>> lines, Map<String, EndpointState<T>> endpoints) {

  /** A line with its endpoints in this topology. */
  record Placed<T>(LineState<T> state, Line<T> line, List<EndpointState<T>> endpoints) {}

  static <T> LiveTopology<T> empty() {
    return new LiveTopology<>(new Topology<>(List.of()), List.of(), Map.of());
  }

  /** Returns the topology of these lines; the functions make the memory of what is new to it. */
  LiveTopology<T> next(
      Topology<T> source,
      boolean countAll,
      Function<Endpoint<T>, EndpointState<T>> freshEndpoint,
      Function<Line<T>, LineCourse> freshCourse,
      long now) {
    var order = new ArrayList<>(source.lines());
    order.sort(Comparator.comparingInt(Line::priority)); // stable: ties stay in the caller's order
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
      Since<LineRole> role = new Since<>(LineRole.STANDBY, now, "new");
      return new LineState<>(line, counted, freshCourse.apply(line), role);
    }
    LineState<T> before = placed.state;
    if (before.counted == counted) {
      before.line = line;
      return before;
    }
    // Open leases give back to the line they came from; who begins to count begins at 0.
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

  /** Returns the priority of the line; one that is gone comes last. */
  int priority(String lineId) {
    Placed<T> placed = line(lineId);
    return placed == null ? Integer.MAX_VALUE : placed.line.priority();
  }
}
