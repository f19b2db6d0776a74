// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Simulations of the balancers and the line switcher with a virtual clock and fixed seeds. */
@NullMarked
package io.gatewaykit.failover.simulation;

import org.jspecify.annotations.NullMarked;
