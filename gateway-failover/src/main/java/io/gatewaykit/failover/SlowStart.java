// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

/**
 * The share of picks for an endpoint that is warming up: Envoy's formula, {@code max(0.1, (age /
 * window) ^ (1 / aggression))} with an aggression of 1. It applies to endpoints that were added to
 * a running group or have recovered, never when a group starts.
 */
final class SlowStart {
  static final double MIN_FACTOR = 0.1;

  /** The factor of a degraded endpoint. */
  static final double DEGRADED = 0.5;

  private SlowStart() {}

  static double factor(long ageNanos, long windowNanos, double aggression) {
    if (ageNanos >= windowNanos) {
      return 1;
    }
    double age = Math.max(1e-9, ageNanos / (double) windowNanos);
    return Math.max(MIN_FACTOR, aggression == 1 ? age : Math.pow(age, 1 / aggression));
  }

  static double factor(EndpointState<?> state, int veto, long windowNanos, long now) {
    double factor = 1;
    if ((veto & EndpointState.SOFT_STARTING) != 0) {
      factor = factor(now - state.startingSince, windowNanos, 1);
    }
    return (veto & EndpointState.SOFT_DEGRADED) != 0 ? factor * DEGRADED : factor;
  }
}
