package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.GroupSnapshot.LineRole;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The lines of a group, best first, and what is remembered of their endpoints. Immutable; an update
 * makes the next one, which takes over the memory of all that stays.
 */
record Topology<T>(List<LineState<T>> lines, Map<String, EndpointState<T>> endpoints) {

  static <T> Topology<T> empty() {
    return new Topology<>(List.of(), Map.of());
  }

  /**
   * Returns the topology of these lines; {@code fresh} makes the memory of endpoints new to it.
   *
   * @throws IllegalArgumentException naming all errors
   */
  Topology<T> next(
      List<Line<T>> newLines, long now, Function<Endpoint<T>, EndpointState<T>> fresh) {
    check(newLines);
    var order = new ArrayList<>(newLines);
    order.sort(Comparator.comparingInt(Line::priority)); // stable: ties stay in the caller's order
    var nextLines = new ArrayList<LineState<T>>();
    var nextEndpoints = new HashMap<String, EndpointState<T>>();
    for (Line<T> line : order) {
      var members = new ArrayList<EndpointState<T>>();
      for (Endpoint<T> endpoint : line.endpoints()) {
        EndpointState<T> state = endpoints.get(endpoint.id());
        if (state == null) {
          state = fresh.apply(endpoint);
        }
        state.endpoint = endpoint;
        nextEndpoints.put(endpoint.id(), state);
        members.add(state);
      }
      nextLines.add(new LineState<>(line, members, role(line.id(), now)));
    }
    return new Topology<>(List.copyOf(nextLines), Map.copyOf(nextEndpoints));
  }

  /** Returns the priority of the line; one that is gone comes last. */
  int priority(String lineId) {
    for (LineState<T> line : lines) {
      if (line.line.id().equals(lineId)) {
        return line.line.priority();
      }
    }
    return Integer.MAX_VALUE;
  }

  private Since<LineRole> role(String lineId, long now) {
    for (LineState<T> line : lines) {
      if (line.line.id().equals(lineId)) {
        return line.role();
      }
    }
    return new Since<>(LineRole.STANDBY, now, "new");
  }

  private static <T> void check(List<Line<T>> lines) {
    var errors = new ArrayList<String>();
    var lineIds = new HashSet<String>();
    var endpointIds = new HashSet<String>();
    for (Line<T> line : lines) {
      if (!lineIds.add(line.id())) {
        errors.add("line \"" + line.id() + "\" is defined twice");
      }
      for (Endpoint<T> endpoint : line.endpoints()) {
        if (!endpointIds.add(endpoint.id())) {
          errors.add("endpoint \"" + endpoint.id() + "\" is defined twice");
        }
      }
    }
    if (endpointIds.isEmpty()) {
      errors.add("lines: no endpoint (expected: at least one)");
    }
    if (!errors.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", errors));
    }
  }
}
