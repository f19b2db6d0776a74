package io.gatewaykit.api.upstream;

import static java.util.Objects.requireNonNull;

import java.util.Map;

/**
 * One place a request can be sent to. Immutable.
 *
 * @param id the identity by which health, statistics and configuration know it; unique in its group
 * @param payload whatever the caller needs to reach it: a URI, an address, a client
 * @param weight its share relative to the others of its line, 0 to 1,000,000; 0 means it gets
 *     nothing new
 * @param labels free facts about it, such as a region; never null
 * @param <T> the type of the payload
 */
public record Endpoint<T>(String id, T payload, int weight, Map<String, String> labels) {
  /** The largest weight. */
  public static final int MAX_WEIGHT = 1_000_000;

  /**
   * Checks the values and copies the labels.
   *
   * @throws IllegalArgumentException if the id is blank or the weight out of range
   */
  public Endpoint(String id, T payload, int weight, Map<String, String> labels) {
    if (requireNonNull(id, "id").isBlank()) {
      throw new IllegalArgumentException("id: \"" + id + "\" (expected: not blank)");
    }
    if (weight < 0 || weight > MAX_WEIGHT) {
      throw new IllegalArgumentException(
          "weight: " + weight + " (expected: 0.." + MAX_WEIGHT + ", endpoint " + id + ")");
    }
    this.id = id;
    this.payload = requireNonNull(payload, "payload");
    this.weight = weight;
    this.labels = Map.copyOf(labels);
  }

  /** Returns an endpoint of weight 1 without labels. */
  public static <T> Endpoint<T> of(String id, T payload) {
    return new Endpoint<>(id, payload, 1, Map.of());
  }

  /** Returns this endpoint with another weight. */
  public Endpoint<T> withWeight(int weight) {
    return new Endpoint<>(id, payload, weight, labels);
  }

  /** Returns this endpoint with other labels. */
  public Endpoint<T> withLabels(Map<String, String> labels) {
    return new Endpoint<>(id, payload, weight, labels);
  }
}
