// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.ratelimit.RateLimiter;
import io.gatewaykit.waf.WafGuard;

/** Measures the limits and the firewall. The default measures nothing. */
interface PolicyMeters {
  /** Used without a meter registry. */
  PolicyMeters NONE = new PolicyMeters() {};

  /** Returns a limiter that measures the decisions of the given one. */
  default RateLimiter<Object> limiter(String name, RateLimiter<Object> limiter, boolean shadow) {
    return limiter;
  }

  /** Returns a guard that measures the decisions of the given one. */
  default Guard firewall(WafGuard guard) {
    return guard;
  }
}
