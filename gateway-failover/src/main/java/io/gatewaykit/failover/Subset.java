// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.internal.balance.Stripes;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Selects the endpoints of one client by weighted rendezvous hashing, which has no state: the score
 * of an endpoint is {@code -weight / ln(u)}, with a hash of client and endpoint as {@code u}, and
 * the highest scores win. Each client thus loses exactly the endpoints that were removed, and gains
 * as many. Sources: gRPC proposal A68, random subsetting; Schindelhauer and Schomaker, Weighted
 * Distributed Hash Tables, 2005.
 */
final class Subset {
  private final long client;
  private final int size;

  Subset(String client, int size) {
    this.client = Hashing.of(requireNonNull(client, "client"));
    this.size = size;
  }

  /** Returns the line with its selected endpoints, in their order. */
  <T> Line<T> of(Line<T> line) {
    List<Endpoint<T>> endpoints = line.endpoints();
    if (endpoints.size() <= size) {
      return line;
    }
    Set<Endpoint<T>> selected =
        endpoints.stream()
            .map(endpoint -> new Scored<>(endpoint, score(endpoint)))
            .sorted(
                Comparator.<Scored<T>>comparingDouble(Scored::score)
                    .reversed()
                    .thenComparing(scored -> scored.endpoint.id()))
            .limit(size)
            .map(Scored::endpoint)
            .collect(Collectors.toSet());
    return line.withEndpoints(endpoints.stream().filter(selected::contains).toList());
  }

  private record Scored<T>(Endpoint<T> endpoint, double score) {}

  private double score(Endpoint<?> endpoint) {
    long hash = Stripes.mix(Stripes.mix(Hashing.of(endpoint.id())) ^ client);
    double uniform = ((hash >>> 11) + 0.5) * 0x1p-53; // above 0 and below 1
    return endpoint.weight() == 0 ? 0 : -endpoint.weight() / Math.log(uniform);
  }
}
