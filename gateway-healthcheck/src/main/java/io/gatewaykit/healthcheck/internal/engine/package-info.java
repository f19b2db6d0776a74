// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Runs probes on one thread: timers, slots, connections and the schedule of each target. */
@NullMarked
package io.gatewaykit.healthcheck.internal.engine;

import org.jspecify.annotations.NullMarked;
