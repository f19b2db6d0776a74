// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Benchmarks of gateway-failover and its peers: selection, leases and circuit breakers. */
@NullMarked
package io.gatewaykit.benchmarks.failover;

import org.jspecify.annotations.NullMarked;
