// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.tck.RawClient;
import io.gatewaykit.api.tck.RawResponse;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Line;
import io.gatewaykit.failover.Stickiness;
import io.gatewaykit.failover.StickyTokens;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A cookie keeps a client at its server. */
@Timeout(60)
class StickyTest {
  private final ScriptedServer first = ScriptedServer.start();
  private final ScriptedServer second = ScriptedServer.start();
  private FailoverGroup<InetSocketAddress> group;
  private ProxyServer proxy;

  @BeforeEach
  void start() throws IOException {
    group =
        FailoverGroup.<InetSocketAddress>builder("test")
            .line(
                Line.of(
                    "line",
                    0,
                    Endpoint.of("first", first.address()),
                    Endpoint.of("second", second.address())))
            .sticky(Stickiness.of(StickyTokens.builder(1, new byte[32]).build()))
            .build();
    proxy = Proxies.start(group, List.of(), Duration.ofSeconds(20), new StickyCookie("at", true));
    first.answer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
    second.answer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2");
  }

  @AfterEach
  void stop() {
    proxy.close();
    group.close();
    first.close();
    second.close();
  }

  private static String get(String cookie) {
    return "GET / HTTP/1.1\r\nHost: h\r\nCookie: a=b; " + cookie + "\r\n\r\n";
  }

  @Test
  void cookie_isSetOnce_andIdentifiesTheEndpoint() throws IOException {
    try (RawClient client = new RawClient(proxy.address().getPort())) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      RawResponse response = client.read();
      String given = response.header("set-cookie");
      assertThat(given).matches("at=[A-Za-z0-9_-]{34}; Path=/; Secure; HTTPOnly; SameSite=Lax");
      String cookie = given.substring(0, given.indexOf(';'));
      for (int i = 0; i < 20; i++) {
        client.send(get(cookie));
        RawResponse again = client.read();
        assertThat(again.body()).isEqualTo(response.body());
        assertThat(again.header("set-cookie")).isEmpty();
      }
    }
  }

  @Test
  void serverUnavailable_clientReceivesAnotherCookie_andKeepsIt() throws IOException {
    try (RawClient client = new RawClient(proxy.address().getPort())) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      RawResponse response = client.read();
      String cookie = cookie(response);
      (response.body().equals("1") ? first : second).close();
      client.send(get(cookie));
      RawResponse moved = client.read();
      assertThat(moved.status()).isEqualTo(200);
      assertThat(moved.body()).isNotEqualTo(response.body());
      String other = cookie(moved);
      assertThat(other).isNotEqualTo(cookie);
      client.send(get(other));
      assertThat(client.read().header("set-cookie")).isEmpty();
    }
  }

  @Test
  void forgedCookie_isAsNone() throws IOException {
    try (RawClient client = new RawClient(proxy.address().getPort())) {
      var seen = new HashSet<String>();
      for (int i = 0; i < 10; i++) {
        client.send(get("at=" + "A".repeat(34)));
        RawResponse response = client.read();
        assertThat(cookie(response)).startsWith("at=");
        seen.add(response.body());
      }
      assertThat(seen).containsExactlyInAnyOrder("1", "2");
    }
  }

  private static String cookie(RawResponse response) throws IOException {
    return response.header("set-cookie").replaceFirst(";.*", "");
  }
}
