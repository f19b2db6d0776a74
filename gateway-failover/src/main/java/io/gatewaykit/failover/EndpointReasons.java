// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.failover.GroupSnapshot.EndpointStatus;

/** Derives the status and its human-readable cause from the vetoes of an endpoint. */
final class EndpointReasons {
  private static final int DRAINED = EndpointState.VETO_DRAINING | EndpointState.VETO_DRAIN;
  private static final int BREAKER_OPEN = EndpointState.VETO_BREAKER | EndpointState.VETO_FORCED;

  private EndpointReasons() {}

  static EndpointStatus status(EndpointState<?> endpoint, long now) {
    int reasons = endpoint.veto();
    if (endpoint.removed) {
      return EndpointStatus.REMOVED;
    }
    if ((reasons & DRAINED) != 0) {
      return EndpointStatus.DRAINING;
    }
    if ((reasons & EndpointState.VETO_HEALTH) != 0) {
      return EndpointStatus.UNHEALTHY;
    }
    boolean open = (reasons & BREAKER_OPEN) != 0;
    return open || endpoint.isEjected(now) ? EndpointStatus.EJECTED : EndpointStatus.AVAILABLE;
  }

  static String cause(EndpointState<?> endpoint, EndpointStatus status, EndpointStatus last) {
    return switch (status) {
      case REMOVED -> "removed by an update";
      case DRAINING ->
          (endpoint.veto() & EndpointState.VETO_DRAIN) != 0
              ? "drained by an operator"
              : "health signal: " + endpoint.health();
      case UNHEALTHY -> "health signal: " + endpoint.health();
      case EJECTED ->
          (endpoint.veto() & BREAKER_OPEN) != 0
              ? "circuit breaker open"
              : endpoint.consecutiveFailures() + " consecutive failures";
      case AVAILABLE ->
          last == EndpointStatus.EJECTED
              ? endpoint.consecutiveFailures() > 0 ? "ejection time elapsed" : "request succeeded"
              : "health signal: " + endpoint.health();
    };
  }
}
