// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.edge.config.ConfigException;
import io.gatewaykit.edge.config.ConfigReader;
import io.gatewaykit.edge.config.GatewayConfig;
import io.gatewaykit.edge.demo.SimulatedEndpoint;
import io.gatewaykit.edge.demo.SimulatedLines;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.embedded.RedisServer;

/** Two gateways with one Redis share a limit, and continue to serve when Redis is down. */
@Timeout(60)
@Tag("slow")
class SharedLimitTest {
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private SimulatedLines lines;
  private RedisServer redis;
  private int redisPort;

  @BeforeEach
  void start() throws Exception {
    lines = SimulatedLines.start();
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      redisPort = socket.getLocalPort();
    }
    redis =
        RedisServer.newRedisServer()
            .port(redisPort)
            .bind("127.0.0.1")
            .setting("requirepass secret")
            .build();
    redis.start();
  }

  @AfterEach
  void stop() throws Exception {
    redis.stop();
    lines.close();
  }

  private GatewayConfig config(String password, int nodes) throws ConfigException {
    SimulatedEndpoint endpoint = lines.lines().get(0).endpoints().get(0);
    return ConfigReader.read(
        "test.yaml",
        """
        listen: 127.0.0.1:0
        admin: 127.0.0.1:0
        redis:
          uri: redis://:%s@127.0.0.1:%d
          deadline: 10s
          nodes: %d
        limits:
          all: {rate: 1/h, burst: 9, key: all}
        routes:
          - {name: all, limit: all}
        lines:
          - name: line
            endpoints: [{address: "127.0.0.1:%d"}]
        """
            .formatted(password, redisPort, nodes, endpoint.address().getPort()));
  }

  private int get(EdgeGateway gateway) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + gateway.address().getPort() + "/");
    return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).statusCode();
  }

  @Test
  void twoGateways_shareOneLimit_andGoOnWithoutRedis() throws Exception {
    try (EdgeGateway one = EdgeGateway.start(config("secret", 2), "test", 1);
        EdgeGateway two = EdgeGateway.start(config("secret", 2), "test", 1)) {
      List<Integer> statuses = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        statuses.add(get(i % 2 == 0 ? one : two));
      }
      assertThat(statuses.subList(0, 10)).as("rate and burst, once for both").containsOnly(200);
      assertThat(statuses.subList(10, 24)).containsOnly(429);
      assertThat(one.status().limiters().get(0).mode()).isEqualTo("nodelay, shared");
      redis.stop();
      for (int i = 0; i < 4; i++) { // each has already admitted its share of five
        assertThat(get(i % 2 == 0 ? one : two)).isEqualTo(429);
      }
    }
  }

  @Test
  void unavailableRedis_leavesEachNodeItsShare() throws Exception {
    GatewayConfig config = config("secret", 5);
    redis.stop();
    try (EdgeGateway gateway = EdgeGateway.start(config, "test", 1)) {
      List<Integer> statuses = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        statuses.add(get(gateway));
      }
      assertThat(statuses)
          .as("a burst of 9 / 5, and one more")
          .containsExactly(200, 200, 429, 429, 429);
    }
  }

  @Test
  void wrongPassword_isAnError_withoutThePassword() throws Exception {
    GatewayConfig config = config("wrong", 1);
    assertThatThrownBy(() -> EdgeGateway.start(config, "test", 1))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("redis: Redis cannot be used: WRONGPASS")
        .hasMessageNotContaining("wrong@");
    assertThat(String.valueOf(config)).doesNotContain("wrong");
  }
}
