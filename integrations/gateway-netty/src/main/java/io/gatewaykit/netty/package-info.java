// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** A Netty handler that evaluates a guard chain in front of an HTTP handler. */
@NullMarked
package io.gatewaykit.netty;

import org.jspecify.annotations.NullMarked;
