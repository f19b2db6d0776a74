// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.redis.RedisStore;
import io.gatewaykit.spring.boot.GatewayKitProperties.RedisSettings;
import io.lettuce.core.RedisClient;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * Stores limits in Redis, with {@code gateway-redis} and Lettuce. Connects when the first such
 * limit is built; by {@code gatewaykit.redis.uri}, or else as Spring Data Redis does.
 */
@AutoConfiguration(before = GatewayKitLimitsAutoConfiguration.class)
@ConditionalOnClass({RedisStore.class, RedisClient.class})
@ConditionalOnProperty(
    prefix = GatewayKitProperties.PREFIX,
    name = "enabled",
    havingValue = "true",
    matchIfMissing = true)
@EnableConfigurationProperties(GatewayKitProperties.class)
public final class GatewayKitRedisAutoConfiguration {
  private static final String PROPERTY = GatewayKitProperties.PREFIX + ".redis";

  /** Creates the configuration. */
  public GatewayKitRedisAutoConfiguration() {}

  /** Client settings of the limits alone. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnProperty(PROPERTY + ".uri")
  static class OwnClientConfiguration {
    @Bean
    @Lazy
    RedisConnection gatewayRedisConnection(GatewayKitProperties properties) {
      try {
        return RedisConnection.to(String.valueOf(properties.redis().uri()));
      } catch (IllegalArgumentException e) {
        throw new GatewayPropertyException(PROPERTY + ".uri", e);
      }
    }
  }

  /** The client of Spring Data Redis. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(LettuceConnectionFactory.class)
  @ConditionalOnProperty(name = PROPERTY + ".uri", matchIfMissing = true, havingValue = "none")
  static class SpringDataConfiguration {
    @Bean
    @Lazy
    RedisConnection gatewayRedisConnection(ObjectProvider<LettuceConnectionFactory> factories) {
      LettuceConnectionFactory factory = factories.getIfAvailable();
      if (factory == null) {
        throw noConnection();
      }
      return new RedisConnection(factory.getRequiredNativeClient(), false);
    }
  }

  @Bean
  @Lazy
  @ConditionalOnMissingBean
  RedisStore gatewayRedisStore(
      GatewayKitProperties properties, ObjectProvider<RedisConnection> connection) {
    RedisSettings settings = properties.redis();
    try {
      RedisStore.Builder store =
          connection.getIfAvailable(GatewayKitRedisAutoConfiguration::missing).store();
      if (settings.deadline() != null) {
        store.deadline(settings.deadline());
      }
      if (Boolean.TRUE.equals(settings.startWithoutRedis())) {
        store.startWithoutRedis();
      }
      return store.build();
    } catch (IllegalArgumentException e) {
      throw new GatewayPropertyException(PROPERTY, e);
    }
  }

  private static RedisConnection missing() {
    throw noConnection();
  }

  private static GatewayPropertyException noConnection() {
    return new GatewayPropertyException(
        PROPERTY, "uri: none (expected: a URI, or Spring Data Redis with Lettuce)");
  }

  @Bean
  @Lazy
  SharedLimits gatewaySharedLimits(GatewayKitProperties properties, RedisStore store) {
    return new RedisLimits(properties.redis(), store);
  }
}
