// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.breaker;

import java.time.Duration;

/**
 * A change of state.
 *
 * @param breaker the breaker's name
 * @param from the previous state
 * @param to the new state
 * @param cause a human-readable reason
 * @param openFor the length of the open period if {@code to} is {@link CircuitBreakerState#OPEN},
 *     else zero
 */
public record CircuitBreakerEvent(
    String breaker,
    CircuitBreakerState from,
    CircuitBreakerState to,
    String cause,
    Duration openFor) {}
