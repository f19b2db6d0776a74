// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.failover.breaker.CircuitBreakerFactory;
import org.jspecify.annotations.Nullable;

/** The settings of a {@link LinePolicy}. Immutable. */
record LineSettings(
    LineSwitcher switcher,
    PanicMode panicMode,
    double panicBelow,
    int overprovisionPermille,
    @Nullable CircuitBreakerFactory breaker,
    @Nullable Locality locality,
    double probeTraffic,
    boolean allowEmpty) {}
