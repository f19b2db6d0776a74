// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

class KeyedLimiterContractTest extends RateLimiterContract {
  @Override
  protected RateLimiter<String> limiter(Limit limit) {
    return KeyedLeakyBucket.<String>builder().limit(limit).ticker(ticker).build();
  }
}
