// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Benchmarks of limits stored in Redis, with their peers. */
@NullMarked
package io.gatewaykit.benchmarks.redis;

import org.jspecify.annotations.NullMarked;
