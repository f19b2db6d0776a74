// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.BeforeAll;
import redis.clients.jedis.RedisClient;

/** By Jedis. */
class JedisBucketContractTest extends SharedBucketContract {
  @BeforeAll
  static void start() {
    TestRedis server = TestRedis.fromMaven();
    RedisClient jedis = RedisClient.create("127.0.0.1", server.port());
    ExecutorService executor = Executors.newFixedThreadPool(8);
    start(
        server,
        RedisStore.builder(JedisScripts.of(jedis, executor)),
        () -> {
          executor.shutdownNow();
          jedis.close();
        });
  }
}
