// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Benchmarks of gateway-healthcheck. */
@NullMarked
package io.gatewaykit.benchmarks.healthcheck;

import org.jspecify.annotations.NullMarked;
