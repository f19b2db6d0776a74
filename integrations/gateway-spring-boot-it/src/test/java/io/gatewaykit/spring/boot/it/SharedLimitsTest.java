// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.it;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.RateLimiter;
import io.gatewaykit.spring.boot.it.MethodLimitsStartTest.App;
import io.gatewaykit.spring.boot.method.LimiterRegistry;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;

/** Limits in Redis are shared by the instances of an application. */
class SharedLimitsTest {
  private static @Nullable RedisProcess server;

  @BeforeAll
  static void start() throws IOException {
    server = RedisProcess.start();
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  private static int port() {
    return requireNonNull(server, "server").port();
  }

  /** The deadline is long, because decisions are not to fall back on a busy machine. */
  private static String limits(String name) {
    return """
    gatewaykit:
      waf.mode: 'off'
      redis: {failure-policy: closed, deadline: 10s, prefix: test-}
      ratelimit.%s: {rate: 3/h, burst: 2, store: redis, key: all}
    """
        .formatted(name);
  }

  private static String byUri(int port) {
    return "gatewaykit.redis.uri: redis://127.0.0.1:" + port + "\n";
  }

  private static String bySpringData(int port) {
    return "spring.data.redis: {host: 127.0.0.1, port: " + port + "}\n";
  }

  private static ConfigurableApplicationContext run(String yaml) throws IOException {
    var application = new SpringApplication(App.class);
    application.setWebApplicationType(WebApplicationType.NONE);
    return Server.run(application, yaml);
  }

  private static Decision call(ConfigurableApplicationContext context, String name) {
    RateLimiter<Object> limiter = context.getBean(LimiterRegistry.class).limiter(name);
    return requireNonNull(limiter, name).check("key", 1);
  }

  @Test
  void limit_isSharedByInstances_withEitherConnection() throws Exception {
    try (ConfigurableApplicationContext one = run(limits("pair") + byUri(port()));
        ConfigurableApplicationContext two = run(limits("pair") + bySpringData(port()))) {
      assertThat(call(one, "pair").admitted()).isTrue();
      assertThat(call(two, "pair").admitted()).isTrue();
      assertThat(call(one, "pair").admitted()).isTrue();
      assertThat(call(two, "pair").admitted()).isFalse();
      assertThat(call(one, "pair").admitted()).isFalse();
      assertThat(call(one, "pair").source())
          .isIn(Decision.Source.REMOTE, Decision.Source.DENY_CACHE);
    }
  }

  @Test
  void filter_appliesTheSharedLimit() throws Exception {
    try (Server shop = Server.start(limits("filter") + bySpringData(port()), Shop.class)) {
      assertThat(shop.statuses(4, "/page")).containsExactly(200, 200, 200, 429);
    }
  }

  @Test
  void outage_isDecidedByTheFailurePolicy() throws Exception {
    RedisProcess own = RedisProcess.start();
    try (ConfigurableApplicationContext context = run(limits("outage") + byUri(own.port()))) {
      assertThat(call(context, "outage").admitted()).isTrue();
      own.close();
      Decision closed = call(context, "outage");
      assertThat(closed.admitted()).isFalse();
      assertThat(closed.source()).isEqualTo(Decision.Source.FALLBACK);
    } finally {
      own.close();
    }
  }

  @Test
  void missingSettings_areReported() throws Exception {
    String limit = "gatewaykit.ratelimit.a: {rate: 1/h, store: redis}\n";
    assertThat(FailedStart.report(limit + byUri(port()), App.class))
        .contains("gatewaykit.redis: failure-policy: none (expected: local, open or closed)");
    assertThat(FailedStart.report(limit + "gatewaykit.redis.uri: nowhere\n", App.class))
        .contains("gatewaykit.redis.uri");
  }

  @Test
  void limitInMemory_doesNotConnect() throws Exception {
    String yaml = "gatewaykit.ratelimit.a: {rate: 1/h}\n" + byUri(1);
    try (ConfigurableApplicationContext context = run(yaml)) {
      assertThat(call(context, "a").admitted()).isTrue();
    }
  }
}
