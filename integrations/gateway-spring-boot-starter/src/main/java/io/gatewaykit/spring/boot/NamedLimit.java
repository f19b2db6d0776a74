// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.ratelimit.MonitoredLimiter;
import org.jspecify.annotations.Nullable;

/**
 * A limit that routes and annotations refer to.
 *
 * @param guard its guard, shared by all routes
 * @param limiter its limiter for calls of methods; null if it limits concurrent requests
 * @param afterAuthentication whether it applies after Spring Security
 * @param ofMethods whether it applies only to annotated methods
 */
record NamedLimit(
    Guard guard,
    @Nullable MonitoredLimiter<Object> limiter,
    boolean afterAuthentication,
    boolean ofMethods) {}
