// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Long runs of the gateway under load, with continuous failures. */
@NullMarked
package io.gatewaykit.benchmarks.edge.soak;

import org.jspecify.annotations.NullMarked;
