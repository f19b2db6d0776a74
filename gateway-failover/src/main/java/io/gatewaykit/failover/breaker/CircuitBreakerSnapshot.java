// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.breaker;

import java.time.Duration;

/**
 * A snapshot of a circuit breaker.
 *
 * @param name the name of the breaker
 * @param state the state
 * @param age the time since the state was entered
 * @param retryAfter the rest of the open period, or zero
 * @param calls the number of calls in the window; 0 unless closed
 * @param failureRate the fraction that failed, 0 to 1; 0 without calls
 * @param slowRate the fraction that was slow, 0 to 1; 0 without calls
 * @param rejected the number of rejected calls
 * @param outdated the number of reports ignored because their phase had ended
 */
public record CircuitBreakerSnapshot(
    String name,
    CircuitBreakerState state,
    Duration age,
    Duration retryAfter,
    int calls,
    double failureRate,
    double slowRate,
    long rejected,
    long outdated) {}
