package io.gatewaykit.examples.edge.policy;

import io.gatewaykit.examples.edge.config.ConfigException;
import io.gatewaykit.examples.edge.config.GatewayConfig.LimitConfig;
import io.gatewaykit.examples.edge.config.GatewayConfig.RedisConfig;
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

/** The Redis that keeps the limits which gateways share. */
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
   * Connects. A Redis that cannot be reached is no error: limits then go by their share until it
   * can.
   *
   * @return null if nothing is shared
   * @throws ConfigException if Redis refuses us, or is too old
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
    return RedisLeakyBucket.builder(store, config.prefix() + ":" + limit.name())
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
