// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.internal.Arguments;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The drains that an operator starts and ends, by the id of an endpoint or line. Thread-safe. */
final class OperatorDrains<T> {
  private final EndpointSelector<T> selector;
  private final Drainer<T> drainer;

  OperatorDrains(EndpointSelector<T> selector, Drainer<T> drainer) {
    this.selector = selector;
    this.drainer = drainer;
  }

  /**
   * Returns the endpoints for the id of an endpoint or line, including removed ones that still have
   * leases.
   *
   * @throws IllegalArgumentException if none is found
   */
  List<EndpointState<T>> known(String id) {
    List<EndpointState<T>> all = find(id);
    if (all.isEmpty()) {
      throw Arguments.outside("id", "\"" + id + "\"", "an endpoint or a line");
    }
    return all;
  }

  private List<EndpointState<T>> find(String id) {
    var all = new ArrayList<>(selector.endpoints(id));
    all.addAll(drainer.departed(id));
    return all;
  }

  CompletableFuture<Integer> drain(String id, Draining pace) {
    List<EndpointState<T>> endpoints = known(id);
    drainer.marks().drain(id, ids(endpoints)); // before the vetoes: an update in between sets them
    applyMarks(endpoints);
    return drainer.drain(endpoints, pace, true);
  }

  CompletableFuture<Integer> rebalance(String id, Draining pace) {
    return drainer.drain(known(id), pace, false);
  }

  void undrain(String id) {
    List<EndpointState<T>> endpoints = drainer.marks().contains(id) ? find(id) : known(id);
    drainer.marks().undrain(id, lineOf(id, endpoints), ids(endpoints));
    applyMarks(endpoints);
    drainer.stop(endpoints);
  }

  private void applyMarks(List<EndpointState<T>> endpoints) {
    for (EndpointState<T> endpoint : endpoints) {
      LineState<T> line = endpoint.line;
      boolean drained =
          drainer.marks().isDrained(endpoint.endpoint.id(), line == null ? null : line.line.id());
      boolean unused = endpoint.veto(EndpointState.VETO_DRAIN, drained);
    }
    selector.markStale();
  }

  /** Returns the line of the endpoint with this id; null if the id is that of a line. */
  private @Nullable String lineOf(String id, List<EndpointState<T>> endpoints) {
    for (EndpointState<T> endpoint : endpoints) {
      LineState<T> line = endpoint.line;
      if (endpoint.endpoint.id().equals(id) && line != null) {
        return line.line.id();
      }
    }
    return null;
  }

  private static <T> List<String> ids(List<EndpointState<T>> endpoints) {
    return endpoints.stream().map(endpoint -> endpoint.endpoint.id()).toList();
  }
}
