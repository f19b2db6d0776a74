// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpServer;
import io.gatewaykit.api.tck.RawClient;
import io.gatewaykit.edge.config.ConfigException;
import io.gatewaykit.edge.config.ConfigReader;
import io.gatewaykit.edge.config.GatewayConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Limits by the cost that the response states. */
@Timeout(60)
class SettledLimitTest {
  private HttpServer server;

  /** The path states the body of the response. */
  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    server.createContext(
        "/",
        exchange -> {
          String tokens = exchange.getRequestURI().getPath().substring(1);
          byte[] body =
              ("{\"choices\":[],\"usage\":{\"total_tokens\":" + tokens + "}}")
                  .getBytes(StandardCharsets.US_ASCII);
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private GatewayConfig config(String limit, String route) throws ConfigException {
    return ConfigReader.read(
        "edge.yaml",
        """
        listen: 127.0.0.1:0
        admin: 127.0.0.1:0
        limits: {tokens: {%s}}
        routes: [{name: chat, %s}]
        checks: {type: tcp, interval: 30s, timeout: 10s}
        policy: {hedge: off, breaker: off}
        lines: [{name: line, endpoints: [{address: "127.0.0.1:%d"}]}]
        """
            .formatted(limit, route, server.getAddress().getPort()));
  }

  /** Of 10 permits, a request reserves 2 and takes what its response states. */
  @ParameterizedTest
  @CsvSource({"9, 429", "10, 429", "8, 200", "1, 200", "null, 200", "'\"9\"', 200"})
  void statedCost_isTakenFromTheLimit(String tokens, int next) throws Exception {
    String limit = "rate: 1/h, burst: 9, key: all, cost: 2, settle: total_tokens";
    try (EdgeGateway gateway = EdgeGateway.start(config(limit, "limit: tokens"), "edge.yaml", 1)) {
      assertThat(get(gateway, tokens)).isEqualTo(200);
      assertThat(get(gateway, "1")).isEqualTo(next);
    }
  }

  private static int get(EdgeGateway gateway, String tokens) throws IOException {
    try (RawClient client = new RawClient(gateway.address().getPort())) {
      String path = "/" + tokens.replace("\"", "%22");
      client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
      return client.read().status();
    }
  }

  @Test
  void invalidSettings_areRejectedWithTheirPlace() {
    var rejected =
        catchThrowableOfType(
            ConfigException.class,
            () ->
                config(
                    "rate: 1/s, burst: 3, cost: 5, settle: total_tokens",
                    "websocket: {limit: tokens}"));
    assertThat(rejected.problems())
        .anySatisfy(p -> assertThat(p).contains("cost: 5 (expected: at most burst + 1, 4)"))
        .anySatisfy(p -> assertThat(p).contains("routes[0].websocket.limit: tokens"))
        .hasSize(2);
  }
}
