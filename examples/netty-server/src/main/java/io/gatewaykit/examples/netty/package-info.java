// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Adds guards to a Netty server without changing it. */
@NullMarked
package io.gatewaykit.examples.netty;

import org.jspecify.annotations.NullMarked;
