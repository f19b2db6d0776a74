// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.gatewaykit.api.tck.ArchitectureRules;

class ArchitectureTest extends ArchitectureRules {
  ArchitectureTest() {
    super(
        RedisStore.class,
        "io.gatewaykit.ratelimit..",
        "io.lettuce.core..",
        "redis.clients.jedis..",
        "org.slf4j..");
  }
}
