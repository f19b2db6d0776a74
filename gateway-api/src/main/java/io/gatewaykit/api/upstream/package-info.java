// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Types shared by health checks and failover. */
@NullMarked
package io.gatewaykit.api.upstream;

import org.jspecify.annotations.NullMarked;
