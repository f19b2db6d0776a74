// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Circuit breakers. */
@NullMarked
package io.gatewaykit.failover.breaker;

import org.jspecify.annotations.NullMarked;
