// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.breaker;

/**
 * A listener for state changes. Called on the thread that causes the change, so it must return
 * quickly. Exceptions are caught and logged.
 */
public interface CircuitBreakerListener {
  /** Called after a state change. */
  default void onChange(CircuitBreakerEvent event) {}
}
