// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.api.guard.Guard;

/**
 * A limit that routes refer to.
 *
 * @param guard its guard, shared by all routes
 * @param afterAuthentication whether it applies after Spring Security
 */
record NamedLimit(Guard guard, boolean afterAuthentication) {}
