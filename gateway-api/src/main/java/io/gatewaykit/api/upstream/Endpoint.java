// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.upstream;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import java.util.Map;

/**
 * A destination for requests. Immutable.
 *
 * @param id identifies the endpoint in health signals, statistics and configuration; unique within
 *     its group
 * @param payload the data the caller needs to reach it: a URI, an address, a client
 * @param weight its share relative to the others of its line, 0 to 1,000,000; 0 excludes it from
 *     new requests
 * @param labels arbitrary attributes, such as a region; never null
 * @param <T> the type of the payload
 */
public record Endpoint<T>(String id, T payload, int weight, Map<String, String> labels) {
  /** The maximum weight. */
  public static final int MAX_WEIGHT = 1_000_000;

  /**
   * Validates the values and copies the labels.
   *
   * @throws IllegalArgumentException if the id is blank or the weight out of range
   */
  public Endpoint(String id, T payload, int weight, Map<String, String> labels) {
    if (requireNonNull(id, "id").isBlank()) {
      throw Arguments.outside("id", "\"" + id + "\"", "not blank");
    }
    if (weight < 0 || weight > MAX_WEIGHT) {
      throw Arguments.outside("weight", weight, "0.." + MAX_WEIGHT + ", endpoint " + id);
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

  /** Returns a copy of this endpoint with the given weight. */
  public Endpoint<T> withWeight(int weight) {
    return new Endpoint<>(id, payload, weight, labels);
  }

  /** Returns a copy of this endpoint with the given labels. */
  public Endpoint<T> withLabels(Map<String, String> labels) {
    return new Endpoint<>(id, payload, weight, labels);
  }
}
