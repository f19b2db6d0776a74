// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** The load-balancing algorithms on plain arrays, without clock, endpoints or threads. */
@NullMarked
package io.gatewaykit.failover.internal.balance;

import org.jspecify.annotations.NullMarked;
