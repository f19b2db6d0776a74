// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimiter;

/** Creates limiters that are shared by all instances of the application. */
interface SharedLimits {
  /**
   * Returns a new limiter.
   *
   * @throws IllegalArgumentException if the name or the limit is not supported
   */
  RateLimiter<Object> limiter(String name, Limit limit);
}
