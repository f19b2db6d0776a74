// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatewaykit.api.upstream.Resolution;
import io.gatewaykit.failover.breaker.CircuitBreaker;
import io.gatewaykit.failover.canary.CanaryRollback;
import io.gatewaykit.failover.canary.TrafficSplit;
import io.gatewaykit.redis.RedisLimiterSnapshot;
import io.gatewaykit.redis.RedisStore;
import io.lettuce.core.RedisClient;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The meters of breakers, splits, resolvers, reloads and Redis, as scraped by Prometheus. */
class PartMetricsTest extends Scraped {
  @Test
  void breaker_showsStateWindowAndTransitions() {
    var metrics = new BreakerMetrics(registry);
    CircuitBreaker breaker =
        CircuitBreaker.builder().name("db").consecutiveFailures(2).listener(metrics).build();
    metrics.bind(breaker);
    for (int i = 0; i < 4; i++) {
      try {
        breaker.call(() -> {
          throw new IllegalStateException("the call fails, as the test wants");
        });
      } catch (Exception expected) {
        assertThat(expected).isNotNull();
      }
    }
    assertScraped(
        "gateway_breaker_state{breaker=\"db\",state=\"open\"} 1.0",
        "gateway_breaker_state{breaker=\"db\",state=\"closed\"} 0.0",
        "gateway_breaker_rejected_total{breaker=\"db\"} 2.0",
        "gateway_breaker_transitions_total{breaker=\"db\",to=\"open\"} 1.0");
    assertThat(registry.scrape())
        .contains("gateway_breaker_calls{", "gateway_breaker_failure_rate{", "_slow_rate{");
    metrics.unbind("db");
    assertNothingLeft();
    metrics.close();
  }

  @Test
  void split_showsShareSidesAndRollbacks() {
    var metrics = new SplitMetrics(registry);
    TrafficSplit split = TrafficSplit.builder("edge").share(1).noGuard().listener(metrics).build();
    metrics.bind(split);
    for (int i = 0; i < 3; i++) {
      split.side("user" + i);
    }
    metrics.onRollback(new CanaryRollback("edge", 1, "as the test wants"));
    assertScraped(
        "gateway_split_share{split=\"edge\"} 1.0",
        "gateway_split_requests_total{side=\"canary\",split=\"edge\"} 3.0",
        "gateway_split_requests_total{side=\"baseline\",split=\"edge\"} 0.0",
        "gateway_split_rollbacks_total{split=\"edge\"} 1.0");
    assertThat(registry.scrape()).doesNotContain("user");
    metrics.close();
    assertNothingLeft();
  }

  @Test
  void resolver_isCounted_withoutNames() {
    var metrics = new ResolverMetrics(registry, "lines");
    var answer =
        new Resolution(
            "secret.example", List.of(InetAddress.getLoopbackAddress()), Duration.ZERO, "test");
    var failure = new IllegalStateException("as the test wants");
    metrics.onResolution("", answer, null);
    metrics.onFailure("secret.example", "", failure, answer);
    metrics.onFailure("secret.example", "", failure, answer);
    metrics.onFailure("secret.example", "", failure, null);
    assertScraped(
        "gateway_resolver_results_total{outcome=\"changed\",resolver=\"lines\"} 1.0",
        "gateway_resolver_results_total{outcome=\"stale\",resolver=\"lines\"} 2.0",
        "gateway_resolver_results_total{outcome=\"failed\",resolver=\"lines\"} 1.0");
    assertThat(registry.scrape()).doesNotContain("secret");
    metrics.close();
    assertNothingLeft();
  }

  @Test
  void reload_isCountedByWhatCameOfIt() {
    var metrics = new ReloadMetrics(registry, "file");
    metrics.reload(() -> {});
    assertThatThrownBy(() ->
            metrics.reload(() -> {
              throw new IllegalArgumentException("as the test wants");
            }))
        .isInstanceOf(IllegalArgumentException.class);
    metrics.rejected();
    assertScraped(
        "gateway_config_reloads_total{outcome=\"applied\",source=\"file\"} 1.0",
        "gateway_config_reloads_total{outcome=\"rejected\",source=\"file\"} 2.0");
    metrics.close();
    assertNothingLeft();
  }

  @Test
  void redis_showsWhetherItIsThereAndWhoDecides() throws Exception {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/redis-server")), "needs the Debian package redis");
    int port;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Process redis =
        new ProcessBuilder("redis-server", "--port", Integer.toString(port), "--save", "")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      Awaitility.await()
          .ignoreException(ConnectException.class)
          .until(() -> {
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
              return socket.isConnected();
            }
          });
      showsRedis("redis://127.0.0.1:" + port);
    } finally {
      redis.destroy();
    }
  }

  private void showsRedis(String uri) {
    var metrics = new RedisMetrics(registry);
    RedisClient client = RedisClient.create(uri);
    try (RedisStore store = RedisStore.builder(client).build()) {
      metrics.bind("limits", store);
      metrics.limiter("client", () -> new RedisLimiterSnapshot(5, 4, 3, 2, 0, 0, 1));
      assertScraped(
          "gateway_redis_available{store=\"limits\"} 1.0",
          "gateway_redis_inflight{store=\"limits\"} 0.0",
          "gateway_redis_failures_total{cause=\"timeout\",store=\"limits\"} 0.0",
          "gateway_redis_decisions_total{by=\"redis\",limiter=\"client\"} 5.0",
          "gateway_redis_decisions_total{by=\"lease\",limiter=\"client\"} 4.0",
          "gateway_redis_decisions_total{by=\"memory\",limiter=\"client\"} 3.0",
          "gateway_redis_decisions_total{by=\"fallback\",limiter=\"client\"} 2.0");
      assertThat(registry.scrape()).contains("gateway_redis_calls_total{", "outages_total{");
      metrics.close();
      assertNothingLeft();
    } finally {
      client.shutdown();
    }
  }
}
