// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.breaker;

/** The state of a circuit breaker. */
public enum CircuitBreakerState {
  /** Admits all calls and records their outcomes. */
  CLOSED,
  /** Rejects all calls until the open period has elapsed. */
  OPEN,
  /** Admits a limited number of trial calls. */
  HALF_OPEN,
  /** Rejects all calls until an operator changes the state. */
  FORCED_OPEN,
  /** Admits all calls and records none until an operator changes the state. */
  FORCED_CLOSED
}
