// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Selection of lines and endpoints, with retries, hedging, circuit breakers and failover. */
@NullMarked
package io.gatewaykit.failover;

import org.jspecify.annotations.NullMarked;
