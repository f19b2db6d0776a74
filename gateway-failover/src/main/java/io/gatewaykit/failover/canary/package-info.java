// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Division of requests between a baseline and a canary. */
@NullMarked
package io.gatewaykit.failover.canary;

import org.jspecify.annotations.NullMarked;
