// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.gatewaykit.redis.docs.RedissonScripts;
import org.junit.jupiter.api.BeforeAll;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

/** By the documented adapter for Redisson. */
class RedissonWindowContractTest extends SharedWindowContract {
  @BeforeAll
  static void start() {
    TestRedis server = TestRedis.fromMaven();
    var config = new Config();
    config
        .useSingleServer()
        .setAddress("redis://127.0.0.1:" + server.port())
        .setConnectionMinimumIdleSize(2)
        .setConnectionPoolSize(8)
        .setRetryAttempts(0); // a script that is sent again is charged again
    RedissonClient redisson = Redisson.create(config);
    start(server, RedisStore.builder(new RedissonScripts(redisson)), redisson::shutdown);
  }
}
