// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.route.LiveRoutes;
import io.gatewaykit.api.route.Route;

/** Selects the chain for a request. Called by adapters. Thread-safe. */
@FunctionalInterface
public interface GuardSelector {

  /**
   * Returns the chain for the request; {@link GuardChain#empty()} to admit it unguarded. A selector
   * that decides by path must consider {@link GatewayRequest#alternativePaths()} as well; {@link
   * #routes} does.
   *
   * @throws io.gatewaykit.api.request.AmbiguousTargetException if servers may interpret the target
   *     in ways that no single chain covers: the request is rejected with 400
   */
  GuardChain select(GatewayRequest request);

  /**
   * Returns a selector that uses the live table and cannot be bypassed by another spelling of a
   * path. It sets {@link Route#SELECTED}.
   *
   * @param otherwise the chain for requests that match no route
   */
  static GuardSelector routes(LiveRoutes<GuardChain> routes, GuardChain otherwise) {
    requireNonNull(otherwise, "otherwise");
    return request -> {
      Route<GuardChain> route = routes.match(request);
      if (route == null) {
        return otherwise;
      }
      request.attributes().set(Route.SELECTED, route.name());
      return route.target();
    };
  }

  /** Returns a selector that always selects the same chain. */
  static GuardSelector always(GuardChain chain) {
    requireNonNull(chain, "chain");
    return request -> chain;
  }
}
