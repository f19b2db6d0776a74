// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Runs the benchmarks of the packages below and writes their results. */
@NullMarked
package io.gatewaykit.benchmarks;

import org.jspecify.annotations.NullMarked;
