// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Counts and latencies of recent calls. */
@NullMarked
package io.gatewaykit.failover.internal.window;

import org.jspecify.annotations.NullMarked;
