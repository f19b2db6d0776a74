// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Benchmarks of gateway-ratelimit. */
@NullMarked
package io.gatewaykit.benchmarks.ratelimit;

import org.jspecify.annotations.NullMarked;
