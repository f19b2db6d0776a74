// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.gatewaykit.redis.docs.RedissonScripts;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SslOptions;
import java.net.MalformedURLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.BaseConfig;
import org.redisson.config.Config;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisSentinelClient;
import redis.clients.jedis.UnifiedJedis;

/** The supported clients, with the settings that the documentation names. */
enum TestClient {
  LETTUCE,
  JEDIS,
  REDISSON;

  private static final int TIMEOUT_MILLIS = 2000;

  /** A store's builder, and the action that closes its client. */
  record Opened(RedisStore.Builder store, Runnable closing) {}

  /**
   * Returns a client of one server.
   *
   * @param user the name of an ACL user with the password "secret"; null for the default user
   * @param trusted the certificate to trust, for TLS; null without TLS
   */
  Opened open(int port, @Nullable String user, @Nullable TestCertificate trusted) {
    return open(port, user, trusted, trusted != null);
  }

  /** Returns a client of one server, by TLS, that trusts the certificates of the platform. */
  Opened openWithPlatformTrust(int port) {
    return open(port, null, null, true);
  }

  private Opened open(
      int port, @Nullable String user, @Nullable TestCertificate trusted, boolean tls) {
    return switch (this) {
      case LETTUCE -> lettuce(port, user, trusted, tls);
      case JEDIS ->
          jedis(
              redis.clients.jedis.RedisClient.builder()
                  .hostAndPort("127.0.0.1", port)
                  .clientConfig(jedisConfig(user, trusted, tls))
                  .build());
      case REDISSON -> {
        Config config = redissonConfig(user, trusted);
        String scheme = tls ? "rediss" : "redis";
        var server = config.useSingleServer().setAddress(scheme + "://127.0.0.1:" + port);
        server.setConnectionMinimumIdleSize(1).setConnectionPoolSize(8);
        yield redisson(config, server);
      }
    };
  }

  /** Returns a client that finds the master "limits" by Sentinels. */
  Opened openSentinels(List<Integer> ports) {
    return switch (this) {
      case LETTUCE -> {
        RedisURI.Builder uri = RedisURI.Builder.sentinel("127.0.0.1", ports.get(0), "limits");
        ports.subList(1, ports.size()).forEach(port -> uri.withSentinel("127.0.0.1", port));
        yield lettuce(uri.withTimeout(Duration.ofMillis(TIMEOUT_MILLIS)).build(), null);
      }
      case JEDIS ->
          jedis(
              RedisSentinelClient.builder()
                  .masterName("limits")
                  .sentinels(
                      ports.stream()
                          .map(port -> new HostAndPort("127.0.0.1", port))
                          .collect(Collectors.toSet()))
                  .clientConfig(jedisConfig(null, null, false))
                  .build());
      case REDISSON -> {
        Config config = redissonConfig(null, null);
        var servers = config.useSentinelServers().setMasterName("limits");
        ports.forEach(port -> servers.addSentinelAddress("redis://127.0.0.1:" + port));
        yield redisson(config, servers);
      }
    };
  }

  private static Opened lettuce(
      int port, @Nullable String user, @Nullable TestCertificate trusted, boolean tls) {
    RedisURI.Builder uri =
        RedisURI.builder()
            .withHost("127.0.0.1")
            .withPort(port)
            .withSsl(tls)
            .withTimeout(Duration.ofSeconds(5));
    if (user != null) {
      uri.withAuthentication(user, "secret".toCharArray());
    }
    SslOptions.Builder ssl = SslOptions.builder();
    return lettuce(
        uri.build(), trusted == null ? ssl : ssl.trustManager(trusted.certificate().toFile()));
  }

  private static Opened lettuce(RedisURI uri, SslOptions.@Nullable Builder ssl) {
    RedisClient client = RedisClient.create(uri);
    var options = RedisStore.clientOptions();
    client.setOptions((ssl == null ? options : options.sslOptions(ssl.build())).build());
    return new Opened(RedisStore.builder(client), client::shutdown);
  }

  private static DefaultJedisClientConfig jedisConfig(
      @Nullable String user, @Nullable TestCertificate trusted, boolean tls) {
    var config = DefaultJedisClientConfig.builder().timeoutMillis(TIMEOUT_MILLIS);
    if (user != null) {
      config.user(user).password("secret");
    }
    if (tls) {
      var ssl = redis.clients.jedis.SslOptions.builder();
      if (trusted != null) {
        ssl.truststore(trusted.trustStore().toFile(), TestCertificate.PASSWORD.toCharArray())
            .trustStoreType("PKCS12");
      }
      config.sslOptions(ssl.build());
    }
    return config.build();
  }

  private static Opened jedis(UnifiedJedis jedis) {
    ExecutorService executor = Executors.newFixedThreadPool(8);
    return new Opened(
        RedisStore.builder(JedisScripts.of(jedis, executor)),
        () -> {
          executor.shutdownNow();
          jedis.close();
        });
  }

  private static Config redissonConfig(@Nullable String user, @Nullable TestCertificate trusted) {
    var config = new Config();
    if (user != null) {
      config.setUsername(user).setPassword("secret");
    }
    if (trusted != null) {
      try {
        config
            .setSslTruststore(trusted.trustStore().toUri().toURL())
            .setSslTruststorePassword(TestCertificate.PASSWORD);
      } catch (MalformedURLException e) {
        throw new IllegalArgumentException(e);
      }
    }
    return config;
  }

  private static Opened redisson(Config config, BaseConfig<?> servers) {
    servers.setRetryAttempts(0); // a script that is sent again is charged again
    servers.setTimeout(TIMEOUT_MILLIS);
    RedissonClient redisson = Redisson.create(config);
    return new Opened(RedisStore.builder(new RedissonScripts(redisson)), redisson::shutdown);
  }
}
