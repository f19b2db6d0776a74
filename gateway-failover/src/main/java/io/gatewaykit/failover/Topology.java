// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.upstream.Endpoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a group. Immutable and validated as a whole: the ids of lines and of endpoints are
 * unique. It may be empty; the group determines whether it accepts that.
 *
 * @param lines the lines, in an order that breaks ties
 * @param <T> the payload of the endpoints
 */
public record Topology<T>(List<Line<T>> lines) {
  /**
   * Copies the lines.
   *
   * @throws IllegalArgumentException naming all duplicate ids
   */
  public Topology(List<Line<T>> lines) {
    this.lines = List.copyOf(lines);
    List<String> errors = duplicates(this.lines);
    if (!errors.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", errors));
    }
  }

  /** Returns a new builder, which reports all errors together. */
  public static <T> Builder<T> builder() {
    return new Builder<>();
  }

  /** Returns whether it has no endpoints. */
  public boolean isEmpty() {
    return lines.stream().allMatch(line -> line.endpoints().isEmpty());
  }

  /**
   * Returns this topology with at most {@code size} endpoints per line, so that a client of a large
   * fleet keeps few connections. The subset depends only on the client and the ids of endpoints
   * (rendezvous hashing by weight): a removed endpoint is replaced by one other, and an added one
   * takes the place of at most one. Over many clients, the endpoints receive traffic in proportion
   * to their weights on average; a size of 20 or more keeps the deviation small.
   *
   * @param client identifies the client, such as its host name; different for each instance
   * @param size the number of endpoints per line, at least 1
   * @throws IllegalArgumentException if the size is less than 1
   */
  public Topology<T> subset(String client, int size) {
    var subset = new Subset(client, Arguments.range("size", size, 1, Integer.MAX_VALUE));
    return new Topology<>(lines.stream().map(subset::of).toList());
  }

  /** Returns the difference between this topology and the next one. */
  public TopologyChange changeTo(Topology<T> next) {
    var before = endpoints();
    var after = next.endpoints();
    var added = new ArrayList<String>();
    var changed = new ArrayList<String>();
    after.forEach((id, placed) -> {
      Placed<T> old = before.get(id);
      if (old == null) {
        added.add(id);
      } else if (!old.equals(placed)) {
        changed.add(id);
      }
    });
    var removed = new ArrayList<>(before.keySet());
    removed.removeAll(after.keySet());
    var oldLines = ids();
    var newLines = next.ids();
    var addedLines = new ArrayList<>(newLines);
    addedLines.removeAll(new HashSet<>(oldLines));
    var removedLines = new ArrayList<>(oldLines);
    removedLines.removeAll(new HashSet<>(newLines));
    return new TopologyChange(added, removed, changed, addedLines, removedLines);
  }

  private List<String> ids() {
    return lines.stream().map(Line::id).toList();
  }

  private record Placed<T>(String line, Endpoint<T> endpoint) {}

  private Map<String, Placed<T>> endpoints() {
    var map = new LinkedHashMap<String, Placed<T>>();
    for (Line<T> line : lines) {
      for (Endpoint<T> endpoint : line.endpoints()) {
        map.put(endpoint.id(), new Placed<>(line.id(), endpoint));
      }
    }
    return map;
  }

  private static <T> List<String> duplicates(List<Line<T>> lines) {
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
    for (String id : endpointIds) {
      if (lineIds.contains(id)) { // drain and undrain take the id of either
        errors.add("\"" + id + "\" is the id of a line and of an endpoint");
      }
    }
    return errors;
  }

  /**
   * Collects lines. Values are validated by {@link #build} only, which names all errors. Not
   * thread-safe.
   *
   * @param <T> the payload of the endpoints
   */
  public static final class Builder<T> {
    private final List<LineBuilder<T>> lines = new ArrayList<>();

    private Builder() {}

    /** Adds a line, which the consumer fills in. */
    public Builder<T> line(String id, Consumer<LineBuilder<T>> consumer) {
      var line = new LineBuilder<T>(requireNonNull(id, "id"));
      consumer.accept(line);
      lines.add(line);
      return this;
    }

    /**
     * Builds the topology.
     *
     * @throws IllegalArgumentException naming all values out of range and all duplicate ids
     */
    public Topology<T> build() {
      var errors = new ArrayList<String>();
      var built = new ArrayList<Line<T>>();
      var lineIds = new HashMap<String, Integer>();
      var endpointIds = new HashMap<String, Integer>();
      for (LineBuilder<T> line : lines) {
        line.endpointIds.forEach(id -> endpointIds.merge(id, 1, Integer::sum));
        lineIds.merge(line.id, 1, Integer::sum);
        errors.addAll(line.errors());
      }
      lineIds.forEach((id, times) -> {
        if (times > 1) {
          errors.add("line \"" + id + "\" is defined twice");
        }
      });
      endpointIds.forEach((id, times) -> {
        if (times > 1) {
          errors.add("endpoint \"" + id + "\" is defined twice");
        }
      });
      if (!errors.isEmpty()) {
        throw new IllegalArgumentException(String.join("; ", errors));
      }
      lines.forEach(line -> built.add(line.build()));
      return new Topology<>(built);
    }
  }

  /**
   * Collects the values of a line; see {@link Line} for their meaning. Not thread-safe.
   *
   * @param <T> the payload of the endpoints
   */
  public static final class LineBuilder<T> {
    private final String id;
    private final List<Endpoint<T>> endpoints = new ArrayList<>();
    private final List<String> endpointIds = new ArrayList<>();
    private final List<String> errors = new ArrayList<>();
    private final Map<String, String> labels = new HashMap<>();
    private @Nullable String provider;
    private @Nullable Integer priority;
    private @Nullable Integer weight;
    private @Nullable Integer capacity;
    private @Nullable Double price;
    private @Nullable LineTraffic traffic;

    private LineBuilder(String id) {
      this.id = id;
    }

    /** Sets the provider. Default: empty. */
    public LineBuilder<T> provider(String provider) {
      this.provider = Arguments.once("provider", this.provider, provider);
      return this;
    }

    /** Sets the priority. Default: 0, the most preferred. */
    public LineBuilder<T> priority(int priority) {
      this.priority = Arguments.once("priority", this.priority, priority);
      return this;
    }

    /** Sets its share of the traffic of its priority. Default: 1. */
    public LineBuilder<T> weight(int weight) {
      this.weight = Arguments.once("weight", this.weight, weight);
      return this;
    }

    /** Sets the maximum number of open leases. Default: 0, unlimited. */
    public LineBuilder<T> capacity(int leases) {
      capacity = Arguments.once("capacity", capacity, leases);
      return this;
    }

    /** Sets the cost of a request relative to other lines. Default: 1. */
    public LineBuilder<T> price(double price) {
      this.price = Arguments.once("price", this.price, price);
      return this;
    }

    /** Sets the classes of requests that it carries, and its budget. Default: all, unlimited. */
    public LineBuilder<T> traffic(LineTraffic traffic) {
      this.traffic = Arguments.once("traffic", this.traffic, traffic);
      return this;
    }

    /** Adds a label. */
    public LineBuilder<T> label(String name, String value) {
      labels.put(name, Arguments.once("label " + name, labels.get(name), value));
      return this;
    }

    /** Adds an endpoint of weight 1. */
    public LineBuilder<T> endpoint(String id, T payload) {
      return endpoint(id, payload, 1);
    }

    /** Adds an endpoint. */
    public LineBuilder<T> endpoint(String id, T payload, int weight) {
      endpointIds.add(requireNonNull(id, "id"));
      try {
        endpoints.add(new Endpoint<>(id, payload, weight, Map.of()));
      } catch (IllegalArgumentException e) {
        errors.add(e.getMessage());
      }
      return this;
    }

    /** Adds an endpoint. */
    public LineBuilder<T> endpoint(Endpoint<T> endpoint) {
      endpointIds.add(endpoint.id());
      endpoints.add(endpoint);
      return this;
    }

    private List<String> errors() {
      var all =
          Line.errors(
              id,
              requireNonNullElse(priority, 0),
              requireNonNullElse(weight, 1),
              requireNonNullElse(capacity, 0),
              requireNonNullElse(price, 1.0));
      all.addAll(errors);
      return all;
    }

    private Line<T> build() {
      return new Line<>(
          id,
          requireNonNullElse(provider, ""),
          requireNonNullElse(priority, 0),
          requireNonNullElse(weight, 1),
          requireNonNullElse(capacity, 0),
          requireNonNullElse(price, 1.0),
          requireNonNullElse(traffic, LineTraffic.all()),
          labels,
          endpoints);
    }
  }
}
