// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.route.Combinable;

/**
 * The guards of a route, or of several that a request target with two readings matches.
 *
 * @param first the guards before Spring Security
 * @param afterAuthentication the guards after it
 */
record RoutePolicy(GuardChain first, GuardChain afterAuthentication)
    implements Combinable<RoutePolicy> {
  @Override
  public RoutePolicy and(RoutePolicy other) {
    return new RoutePolicy(
        first.and(other.first), afterAuthentication.and(other.afterAuthentication));
  }
}
