package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.upstream.Endpoint;
import java.util.ArrayList;
import java.util.List;

/**
 * One provider's way to the servers: endpoints that are used together. Immutable.
 *
 * @param id the line's name, unique in its group
 * @param priority which lines are used first: 0 is the best
 * @param endpoints its endpoints, in an order that breaks ties
 * @param <T> the payload of the endpoints
 */
public record Line<T>(String id, int priority, List<Endpoint<T>> endpoints) {
  /**
   * Copies the endpoints.
   *
   * @throws IllegalArgumentException if the id is blank or the priority negative
   */
  public Line(String id, int priority, List<Endpoint<T>> endpoints) {
    if (requireNonNull(id, "id").isBlank()) {
      throw new IllegalArgumentException("id: \"" + id + "\" (expected: not blank)");
    }
    if (priority < 0) {
      throw new IllegalArgumentException(
          "priority: " + priority + " (expected: >= 0, line " + id + ")");
    }
    this.id = id;
    this.priority = priority;
    this.endpoints = List.copyOf(endpoints);
  }

  /** Returns a line of these endpoints. */
  @SafeVarargs
  public static <T> Line<T> of(String id, int priority, Endpoint<T>... endpoints) {
    var list = new ArrayList<Endpoint<T>>(endpoints.length);
    for (Endpoint<T> endpoint : endpoints) {
      list.add(endpoint);
    }
    return new Line<>(id, priority, list);
  }
}
