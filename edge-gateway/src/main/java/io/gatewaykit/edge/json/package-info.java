// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** JSON of the status page, of the gateway's own responses and of the demonstration. */
@NullMarked
package io.gatewaykit.edge.json;

import org.jspecify.annotations.NullMarked;
