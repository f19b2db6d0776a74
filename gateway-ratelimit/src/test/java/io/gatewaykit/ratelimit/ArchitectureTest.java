// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import io.gatewaykit.api.tck.ArchitectureRules;

/** The rules of gateway-ratelimit, whose Caffeine is optional. */
class ArchitectureTest extends ArchitectureRules {
  ArchitectureTest() {
    super(RateLimiter.class, "com.github.benmanes.caffeine..", "org.slf4j..");
  }
}
