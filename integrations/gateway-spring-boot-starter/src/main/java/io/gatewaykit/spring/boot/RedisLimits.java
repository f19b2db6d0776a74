// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimiter;
import io.gatewaykit.redis.FailurePolicy;
import io.gatewaykit.redis.RedisLeakyBucket;
import io.gatewaykit.redis.RedisStore;
import io.gatewaykit.spring.boot.GatewayKitProperties.RedisSettings;

/** Creates limiters in Redis. */
record RedisLimits(RedisSettings settings, RedisStore store) implements SharedLimits {
  private static final String PROPERTY = GatewayKitProperties.PREFIX + ".redis";

  @Override
  public RateLimiter<Object> limiter(String name, Limit limit) {
    if (settings.failurePolicy() == null) {
      throw new GatewayPropertyException(
          PROPERTY, "failure-policy: none (expected: local, open or closed)");
    }
    RedisLeakyBucket.Builder<Object> bucket =
        RedisLeakyBucket.builder(store, settings.prefix() + name)
            .limit(limit)
            .failurePolicy(FailurePolicy.valueOf(settings.failurePolicy().name()));
    if (settings.nodes() != null) {
      bucket.nodes(settings.nodes());
    }
    return bucket.build();
  }
}
