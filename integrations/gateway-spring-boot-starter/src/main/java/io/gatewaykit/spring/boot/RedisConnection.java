// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.redis.RedisStore;
import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisClient;
import io.lettuce.core.cluster.RedisClusterClient;

/**
 * The client of the shared limits.
 *
 * @param owned whether the client is closed with the application context
 */
record RedisConnection(AbstractRedisClient client, boolean owned) implements AutoCloseable {
  /** Returns a connection with a client of its own. */
  static RedisConnection to(String uri) {
    RedisClient client = RedisClient.create(uri);
    client.setOptions(RedisStore.clientOptions().build());
    return new RedisConnection(client, true);
  }

  RedisStore.Builder store() {
    if (client instanceof RedisClusterClient cluster) {
      return RedisStore.builder(cluster);
    }
    if (client instanceof RedisClient single) {
      return RedisStore.builder(single);
    }
    throw new IllegalArgumentException(
        client.getClass().getName() + " (expected: a RedisClient or RedisClusterClient)");
  }

  @Override
  public void close() {
    if (owned) {
      client.shutdown();
    }
  }
}
