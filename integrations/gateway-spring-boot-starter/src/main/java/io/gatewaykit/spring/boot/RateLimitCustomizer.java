// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.ratelimit.RateLimitGuard;

/**
 * Changes the guard of a rate limit before it is built, for settings that properties cannot
 * express, such as the cost of a request. Beans of this type are called in {@code @Order}, after
 * the properties have been applied.
 */
@FunctionalInterface
public interface RateLimitCustomizer {
  /**
   * Changes a guard.
   *
   * @param name the name of the limit, as in {@code gatewaykit.ratelimit.NAME}
   */
  void customize(String name, RateLimitGuard.Builder guard);
}
