// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.policy;

import io.gatewaykit.edge.config.ConfigException;
import io.gatewaykit.edge.config.GatewayConfig.LimitConfig;
import io.gatewaykit.edge.config.GatewayConfig.RedisConfig;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimiter;
import io.gatewaykit.redis.RedisLeakyBucket;
import io.gatewaykit.redis.RedisStore;
import io.gatewaykit.redis.RedisStoreException;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The Redis store of the limits that gateways share. */
final class SharedStore implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

  private final RedisConfig config;
  private final RedisClient client;
  private final RedisStore store;

  private SharedStore(RedisConfig config) {
    this.config = config;
    RedisURI uri = RedisURI.create(config.uri());
    uri.setTimeout(CONNECT_TIMEOUT);
    client = RedisClient.create(uri);
    client.setOptions(RedisStore.clientOptions().build());
    try {
      store = RedisStore.builder(client).deadline(config.deadline()).startWithoutRedis().build();
    } catch (RuntimeException e) {
      client.shutdown();
      throw e;
    }
  }

  /**
   * Connects to Redis. An unreachable Redis is not an error: until it is reachable, limits apply
   * their local share.
   *
   * @return null if no limit is shared
   * @throws ConfigException if Redis rejects the connection or is too old
   */
  static @Nullable SharedStore open(@Nullable RedisConfig config) throws ConfigException {
    if (config == null) {
      return null;
    }
    try {
      return new SharedStore(config);
    } catch (RedisStoreException e) {
      throw new ConfigException(List.of("redis: " + e.getMessage()));
    }
  }

  boolean serves(@Nullable RedisConfig other) {
    return config.equals(other);
  }

  RateLimiter<Object> limiter(LimitConfig limit, Limit value) {
    return RedisLeakyBucket.builder(store, config.nameOf(limit.name()))
        .limit(value)
        .nodes(config.nodes())
        .failurePolicy(config.onFailure())
        .fallbackKeys(limit.maxKeys())
        .build();
  }

  @Override
  public void close() {
    store.close();
    client.shutdown();
  }
}
