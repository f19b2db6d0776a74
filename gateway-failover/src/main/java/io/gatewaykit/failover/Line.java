// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.upstream.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A line: a named group of endpoints that share a provider, network path and priority. Traffic
 * moves between lines as a whole. Immutable.
 *
 * @param id the name of the line, unique in its group
 * @param provider the provider, human-readable; may be empty
 * @param priority the rank of the line; 0 is the most preferred
 * @param weight its share of the traffic of its priority, 0 to 1,000,000; 0: no new requests
 * @param capacity the maximum number of open leases; 0: unlimited
 * @param price the cost of a request relative to other lines, more than 0; where lines compete by
 *     latency, latency times price is compared
 * @param traffic the classes of requests that it carries, and its budget
 * @param labels arbitrary attributes, such as its region
 * @param endpoints its endpoints, in an order that breaks ties
 * @param <T> the payload of the endpoints
 */
public record Line<T>(
    String id,
    String provider,
    int priority,
    int weight,
    int capacity,
    double price,
    LineTraffic traffic,
    Map<String, String> labels,
    List<Endpoint<T>> endpoints) {
  /**
   * Copies the collections.
   *
   * @throws IllegalArgumentException naming all values that are out of range
   */
  public Line(
      String id,
      String provider,
      int priority,
      int weight,
      int capacity,
      double price,
      LineTraffic traffic,
      Map<String, String> labels,
      List<Endpoint<T>> endpoints) {
    List<String> errors = errors(requireNonNull(id, "id"), priority, weight, capacity, price);
    if (!errors.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", errors));
    }
    this.id = id;
    this.provider = requireNonNull(provider, "provider");
    this.priority = priority;
    this.weight = weight;
    this.capacity = capacity;
    this.price = price;
    this.traffic = requireNonNull(traffic, "traffic");
    this.labels = Map.copyOf(labels);
    this.endpoints = List.copyOf(endpoints);
  }

  /**
   * Creates a line that carries all traffic.
   *
   * @throws IllegalArgumentException naming all values that are out of range
   */
  public Line(
      String id,
      String provider,
      int priority,
      int weight,
      int capacity,
      double price,
      Map<String, String> labels,
      List<Endpoint<T>> endpoints) {
    this(id, provider, priority, weight, capacity, price, LineTraffic.all(), labels, endpoints);
  }

  /**
   * Creates a line of weight 1 without provider, capacity and labels.
   *
   * @throws IllegalArgumentException naming all values that are out of range
   */
  public Line(String id, int priority, List<Endpoint<T>> endpoints) {
    this(id, "", priority, 1, 0, 1, LineTraffic.all(), Map.of(), endpoints);
  }

  /**
   * Returns a line of these endpoints, of weight 1 without provider, capacity and labels.
   *
   * @throws IllegalArgumentException naming all values that are out of range
   */
  @SafeVarargs
  public static <T> Line<T> of(String id, int priority, Endpoint<T>... endpoints) {
    var list = new ArrayList<Endpoint<T>>(endpoints.length);
    for (Endpoint<T> endpoint : endpoints) {
      list.add(endpoint);
    }
    return new Line<>(id, priority, list);
  }

  /** Returns a copy with these endpoints. */
  Line<T> withEndpoints(List<Endpoint<T>> others) {
    return new Line<>(id, provider, priority, weight, capacity, price, traffic, labels, others);
  }

  static List<String> errors(String id, int priority, int weight, int capacity, double price) {
    var errors = new ArrayList<String>();
    if (id.isBlank()) {
      errors.add("id: \"" + id + "\" (expected: not blank)");
    }
    if (priority < 0) {
      errors.add("priority: " + priority + " (expected: >= 0, line " + id + ")");
    }
    if (weight < 0 || weight > Endpoint.MAX_WEIGHT) {
      errors.add(
          "weight: " + weight + " (expected: 0.." + Endpoint.MAX_WEIGHT + ", line " + id + ")");
    }
    if (capacity < 0) {
      errors.add("capacity: " + capacity + " (expected: >= 0, line " + id + ")");
    }
    if (!(price > 0 && price < Double.POSITIVE_INFINITY)) {
      errors.add("price: " + price + " (expected: > 0, line " + id + ")");
    }
    return errors;
  }
}
