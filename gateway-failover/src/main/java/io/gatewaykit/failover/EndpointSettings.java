// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.failover.breaker.CircuitBreakerFactory;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The settings of an {@link EndpointPolicy}. Immutable. */
record EndpointSettings(
    int maxFails,
    long ejectionNanos,
    long slowStartNanos,
    Supplier<@Nullable EndpointLimit> limit,
    EndpointQueue.@Nullable Bounds queue,
    @Nullable CircuitBreakerFactory breaker,
    @Nullable Draining drainOnUnhealthy,
    int leakDetectionSampling,
    long loadStaleNanos) {}
