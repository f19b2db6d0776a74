// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Simulated provider lines: real servers on loopback ports, with failures on command. */
@NullMarked
package io.gatewaykit.edge.demo;

import org.jspecify.annotations.NullMarked;
