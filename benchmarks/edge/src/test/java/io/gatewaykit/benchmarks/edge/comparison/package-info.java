// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Comparison of the gateway with nginx and HAProxy while the primary line fails. */
@NullMarked
package io.gatewaykit.benchmarks.edge.comparison;

import org.jspecify.annotations.NullMarked;
