// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Rate, quota and concurrency limiters, for a single resource or per key. */
@NullMarked
package io.gatewaykit.ratelimit;

import org.jspecify.annotations.NullMarked;
