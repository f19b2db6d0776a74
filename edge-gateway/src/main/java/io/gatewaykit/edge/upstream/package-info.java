// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** The lines behind the gateway: health checks, and selection of the active line. */
@NullMarked
package io.gatewaykit.edge.upstream;

import org.jspecify.annotations.NullMarked;
