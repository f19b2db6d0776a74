// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimitGuard;
import io.gatewaykit.ratelimit.RequestKey;
import io.gatewaykit.redis.FailurePolicy;
import io.gatewaykit.redis.RedisLeakyBucket;
import io.gatewaykit.redis.RedisStore;
import io.gatewaykit.servlet.GatewayFilter;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.context.ConfigurableApplicationContext;
import redis.embedded.RedisServer;

/**
 * Spring Security behind a limit in Redis. Requests wait for each decision, and whether Redis
 * replies, is slow or is down, no request bypasses Spring Security.
 */
@Timeout(120)
class SharedLimitTest {
  private static final String LOGIN = "Basic dTpw"; // u:p
  private static final int BURST = 9;

  /** Longer than a test. */
  private static final Duration LONG = Duration.ofMinutes(5);

  private final HttpClient client = HttpClient.newHttpClient();

  private RedisServer redis;
  private RedisClient lettuce;

  @BeforeAll
  static void allowOrigin() {
    System.setProperty("jdk.httpclient.allowRestrictedHeaders", "origin");
  }

  @BeforeEach
  void start() throws IOException {
    int port;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    redis = RedisServer.newRedisServer().port(port).bind("127.0.0.1").build();
    redis.start();
    lettuce =
        RedisClient.create(
            RedisURI.builder()
                .withHost("127.0.0.1")
                .withPort(port)
                .withTimeout(Duration.ofSeconds(10))
                .build());
    lettuce.setOptions(RedisStore.clientOptions().build());
  }

  @AfterEach
  void stop() throws IOException {
    lettuce.shutdown(0, 0, TimeUnit.SECONDS);
    redis.stop();
  }

  private RedisStore store(Duration deadline) {
    return RedisStore.builder(lettuce).deadline(deadline).build();
  }

  private static GatewayFilter filter(RedisStore store, FailurePolicy policy) {
    RedisLeakyBucket<Object> bucket =
        RedisLeakyBucket.builder(store, "app")
            .limit(Limit.of(1, Duration.ofHours(1)).burst(BURST).nodelay())
            .failurePolicy(policy)
            .build();
    return GatewayFilter.of(
        GuardChain.of(
            RateLimitGuard.builder("app", bucket).key(RequestKey.header("X-Key")).build()));
  }

  /** Stops Redis from replying to scripts, for at most this time. */
  private void pause(Duration time) {
    client(new CommandArgs<>(StringCodec.UTF8).add("PAUSE").add(time.toMillis()).add("WRITE"));
  }

  private void resume() {
    client(new CommandArgs<>(StringCodec.UTF8).add("UNPAUSE"));
  }

  private void client(CommandArgs<String, String> args) {
    try (StatefulRedisConnection<String, String> connection = lettuce.connect()) {
      String reply =
          connection
              .sync()
              .dispatch(CommandType.CLIENT, new StatusOutput<>(StringCodec.UTF8), args);
      assertThat(reply).isEqualTo("OK");
    }
  }

  private HttpRequest.Builder request(ConfigurableApplicationContext app, String path, String key) {
    URI uri = URI.create("http://127.0.0.1:" + SpringServer.port(app) + path);
    return HttpRequest.newBuilder(uri).header("X-Key", key);
  }

  private HttpResponse<String> secret(ConfigurableApplicationContext app, String key)
      throws Exception {
    return client.send(
        request(app, "/secret", key).header("Authorization", LOGIN).build(),
        BodyHandlers.ofString());
  }

  private HttpResponse<String> postWithoutToken(ConfigurableApplicationContext app, String key)
      throws Exception {
    return client.send(
        request(app, "/form", key)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString("a=1"))
            .build(),
        BodyHandlers.ofString());
  }

  /** Sends one request of each kind, of which the limit admits both. */
  private void assertProtected(ConfigurableApplicationContext app, String key) throws Exception {
    int before = app.getBean(Handlers.class).calls.get();
    assertThat(postWithoutToken(app, key).statusCode()).isEqualTo(403);
    assertThat(app.getBean(Handlers.class).calls.get()).isEqualTo(before);
    HttpResponse<String> page = secret(app, key);
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.body()).isEqualTo("secret of u");
    assertThat(page.headers().map().keySet())
        .contains("x-frame-options", "x-content-type-options", "cache-control");
  }

  /** Sends requests of which the limit admits none. */
  private void assertRejected(ConfigurableApplicationContext app, String key, int status)
      throws Exception {
    int before = app.getBean(Handlers.class).calls.get();
    assertThat(secret(app, key).statusCode()).isEqualTo(status);
    assertThat(postWithoutToken(app, key).statusCode()).isEqualTo(status);
    assertThat(app.getBean(Handlers.class).calls.get()).isEqualTo(before);
  }

  @ParameterizedTest
  @EnumSource
  void decisionsOfRedis_areAwaited(SpringServer server) throws Exception {
    try (RedisStore store = store(Duration.ofSeconds(10));
        GatewayFilter filter = filter(store, FailurePolicy.CLOSED);
        ConfigurableApplicationContext app = server.start(filter, Map.of())) {
      for (int i = 0; i < (BURST + 1) / 2; i++) {
        assertProtected(app, "one");
      }
      assertRejected(app, "one", 429);
      assertProtected(app, "another");
    }
  }

  /** CORS, filters that run once per request, and filters for the REQUEST dispatcher type only. */
  @ParameterizedTest
  @EnumSource
  void filtersOfTheApplication_runAfterTheDecision(SpringServer server) throws Exception {
    try (RedisStore store = store(Duration.ofSeconds(10));
        GatewayFilter filter = filter(store, FailurePolicy.CLOSED);
        ConfigurableApplicationContext app = server.start(filter, Map.of())) {
      int before = app.getBean(Handlers.class).calls.get();
      assertThat(hello(app, "X-Tenant", "evil").statusCode()).isEqualTo(403);
      assertThat(hello(app, "X-Partner", "evil").statusCode()).isEqualTo(403);
      assertThat(hello(app, "Origin", "https://evil.example").statusCode()).isEqualTo(403);
      HttpResponse<String> preflight =
          client.send(
              request(app, "/form", "k")
                  .method("OPTIONS", BodyPublishers.noBody())
                  .header("Origin", SecuredApplication.ORIGIN)
                  .header("Access-Control-Request-Method", "PUT")
                  .build(),
              BodyHandlers.ofString());
      assertThat(allowedOrigin(preflight)).isEqualTo(SecuredApplication.ORIGIN);
      assertThat(app.getBean(Handlers.class).calls.get()).isEqualTo(before);
      HttpResponse<String> page = hello(app, "Origin", SecuredApplication.ORIGIN);
      assertThat(page.body()).startsWith("hello");
      assertThat(allowedOrigin(page)).isEqualTo(SecuredApplication.ORIGIN);
    }
  }

  private HttpResponse<String> hello(ConfigurableApplicationContext app, String name, String value)
      throws Exception {
    return client.send(
        request(app, "/hello", "k").header(name, value).build(), BodyHandlers.ofString());
  }

  private static String allowedOrigin(HttpResponse<String> response) {
    return response.headers().firstValue("Access-Control-Allow-Origin").orElse("none");
  }

  /** The limit is that of all nodes, here of an application on Tomcat and one on Jetty. */
  @ParameterizedTest
  @EnumSource
  void oneLimit_isSharedByApplications(SpringServer server) throws Exception {
    SpringServer other = server == SpringServer.TOMCAT ? SpringServer.JETTY : SpringServer.TOMCAT;
    try (RedisStore store = store(Duration.ofSeconds(10));
        GatewayFilter one = filter(store, FailurePolicy.CLOSED);
        GatewayFilter two = filter(store, FailurePolicy.CLOSED);
        ConfigurableApplicationContext first = server.start(one, Map.of());
        ConfigurableApplicationContext second = other.start(two, Map.of())) {
      int admitted = 0;
      for (int i = 0; i < 20; i++) {
        admitted += secret(i % 2 == 0 ? first : second, "k").statusCode() == 200 ? 1 : 0;
      }
      assertThat(admitted).isEqualTo(BURST + 1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void slowRedis_isWaitedForUntilTheDeadline(SpringServer server) throws Exception {
    try (RedisStore store = store(Duration.ofSeconds(10));
        GatewayFilter filter = filter(store, FailurePolicy.CLOSED);
        ConfigurableApplicationContext app = server.start(filter, Map.of())) {
      assertProtected(app, "k");
      pause(LONG);
      CompletableFuture<HttpResponse<String>> page =
          client.sendAsync(
              request(app, "/secret", "k").header("Authorization", LOGIN).build(),
              BodyHandlers.ofString());
      await().until(() -> filter.waits().waiting() > 0);
      resume();
      assertThat(page.get(30, TimeUnit.SECONDS).body()).isEqualTo("secret of u");
      pause(Duration.ofMillis(300));
      assertProtected(app, "k");
      for (int i = 0; i < 5; i++) {
        secret(app, "k");
      }
      pause(Duration.ofMillis(300));
      assertRejected(app, "k", 429);
      assertThat(filter.waits().rejected()).isZero();
    }
  }

  /** No reply within the deadline, then no connection, then a server that replies again. */
  @ParameterizedTest
  @EnumSource
  void failOpen_admitsToSpringSecurity(SpringServer server) throws Exception {
    try (RedisStore store = store(Duration.ofMillis(200));
        GatewayFilter filter = filter(store, FailurePolicy.OPEN);
        ConfigurableApplicationContext app = server.start(filter, Map.of())) {
      pause(LONG);
      for (int i = 0; i < BURST; i++) {
        assertProtected(app, "k");
      }
      redis.stop();
      for (int i = 0; i < BURST; i++) {
        assertProtected(app, "k");
      }
      redis.start();
      await().atMost(Duration.ofSeconds(10)).until(() -> secret(app, "k").statusCode() == 429);
      assertRejected(app, "k", 429);
    }
  }

  @ParameterizedTest
  @EnumSource
  void failClosed_rejectsBeforeSpringSecurity(SpringServer server) throws Exception {
    try (RedisStore store = store(Duration.ofMillis(200));
        GatewayFilter filter = filter(store, FailurePolicy.CLOSED);
        ConfigurableApplicationContext app = server.start(filter, Map.of())) {
      pause(LONG);
      assertRejected(app, "k", 429);
      redis.stop();
      for (int i = 0; i < 5; i++) {
        assertRejected(app, "k", 429);
      }
      redis.start();
      await().atMost(Duration.ofSeconds(10)).until(() -> secret(app, "k").statusCode() == 200);
      assertProtected(app, "k");
    }
  }
}
