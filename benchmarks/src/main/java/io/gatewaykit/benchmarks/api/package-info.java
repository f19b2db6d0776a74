// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Benchmarks of gateway-api. */
@NullMarked
package io.gatewaykit.benchmarks.api;

import org.jspecify.annotations.NullMarked;
