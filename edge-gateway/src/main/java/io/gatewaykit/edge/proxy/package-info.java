// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The data plane: an HTTP/1.1 reverse proxy on Netty, one event loop for both sides of a request.
 */
@NullMarked
package io.gatewaykit.edge.proxy;

import org.jspecify.annotations.NullMarked;
