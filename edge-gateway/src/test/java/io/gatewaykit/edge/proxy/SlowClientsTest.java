// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.request.BodyBudget;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.api.tck.RawClient;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.GroupSnapshot;
import io.gatewaykit.failover.Line;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafGuard;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that stop in the middle of a request or of a response, and servers that pause. */
@Timeout(120)
@Tag("slow") // connections are checked every 5 s
class SlowClientsTest {
  private static final Duration GRACE = Duration.ofSeconds(31);
  private static final Duration IDLE = Duration.ofSeconds(76);
  private static final Duration BODY_TIMEOUT = Duration.ofMillis(500);
  private static final Duration LONG = Duration.ofMinutes(5);

  private final ManualTicker ticker = new ManualTicker();
  private final HeadServer server = HeadServer.start();
  private final FailoverGroup<InetSocketAddress> group =
      FailoverGroup.<InetSocketAddress>builder("test")
          .line(Line.of("line", 0, Endpoint.of("server", server.address())))
          .build();
  private ProxyServer proxy;

  @BeforeEach
  void start() throws IOException {
    GuardChain firewall = GuardChain.of(WafGuard.builder(Waf.builder().build()).build());
    proxy =
        ProxyServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            1,
            request -> request.path().equals("/form") ? firewall : GuardChain.empty(),
            () -> group,
            settings(LONG, LONG),
            new ProxyLimits(100, BodyBudget.of(1 << 20), 100),
            ticker);
  }

  private static ProxyServer.Settings settings(Duration perTry, Duration body) {
    return new ProxyServer.Settings(
        List.of(), ClientAddressResolver.peer(), perTry, Duration.ofSeconds(5), body, null);
  }

  @AfterEach
  void stop() {
    proxy.close();
    server.close();
  }

  private RawClient client(String bytes) throws IOException {
    return new RawClient(proxy.address().getPort()).send(bytes);
  }

  private static String post(String path, String type) {
    return "POST "
        + path
        + " HTTP/1.1\r\nHost: h\r\nContent-Type: "
        + type
        + "\r\n"
        + "Content-Length: 1000\r\n\r\na=1";
  }

  private static final String FORM = "application/x-www-form-urlencoded";
  private static final String BINARY = "application/octet-stream";

  @Test
  void slowHeadOrBody_is408_andNotAFailureOfTheServer() throws IOException {
    try (RawClient head = client("GET / HTTP/1.1\r\nHost: h\r\nX-A: a");
        RawClient collected = client(post("/form", FORM));
        RawClient streamed = client(post("/silent", BINARY))) {
      await().until(() -> server.heads().size() == 1); // only the streamed body has passed
      await().until(() -> proxy.load().connections() == 3 && proxy.load().heldBytes() > 0);
      ticker.advance(GRACE);
      for (RawClient slow : List.of(head, collected, streamed)) {
        assertThat(slow.read().status()).isEqualTo(408);
        assertThat(slow.isClosedByServer()).isTrue();
      }
    }
    assertThat(proxy.load().slowRequests()).isEqualTo(3);
    await().until(() -> server.open() == 0);
    GroupSnapshot.EndpointView endpoint = group.snapshot().lines().get(0).endpoints().get(0);
    assertThat(endpoint.traffic().failures()).isZero();
  }

  @Test
  void idleClient_andClientThatDoesNotRead_areClosed() throws IOException {
    try (RawClient idle = client("");
        RawClient between = client("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
        RawClient reader = client("GET /big HTTP/1.1\r\nHost: h\r\n\r\n")) {
      assertThat(between.read().status()).isEqualTo(200);
      await().until(() -> proxy.load().connections() == 3 && proxy.load().slowReaders() == 1);
      ticker.advance(IDLE);
      await().atMost(Duration.ofSeconds(30)).until(() -> proxy.load().connections() == 0);
      assertThat(idle.isClosedByServer()).isTrue();
      assertThat(between.isClosedByServer()).isTrue();
      assertThat(reader.readAll()).hasSizeLessThan(HeadServer.BIG);
    }
  }

  @Test
  void halfClosedClient_isDisconnected_withItsRequest() throws IOException {
    try (var client = new Socket(InetAddress.getLoopbackAddress(), proxy.address().getPort())) {
      client
          .getOutputStream()
          .write("GET /silent HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      await().until(() -> server.heads().size() == 1);
      client.shutdownOutput();
      assertThat(client.getInputStream().read()).isEqualTo(-1);
      await().until(() -> proxy.load().connections() == 0 && server.open() == 0);
    }
  }

  @Test
  void streamInBothDirections_mayPause() throws IOException {
    try (RawClient client = client(post("/stream", BINARY))) {
      assertThat(client.readHead().status()).isEqualTo(200);
      ticker.advance(IDLE);
      await().pollDelay(Duration.ofSeconds(7)).until(() -> proxy.load().connections() == 1);
      client.send("b".repeat(996) + "z");
      assertThat(client.chunk()).isEqualTo("the end");
    }
    assertThat(proxy.load().slowRequests()).isZero();
  }

  @Test
  void responseThatPausesForTooLong_isCut() throws IOException {
    proxy.apply(settings(LONG, BODY_TIMEOUT));
    try (RawClient client = client("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n")) {
      assertThat(client.readHead().status()).isEqualTo(200);
      assertThat(client.isClosedByServer()).isTrue();
    }
  }

  @Test
  void uploadThatPauses_isNotLimitedByTheTimeoutsOfTheServer() throws IOException {
    proxy.apply(settings(BODY_TIMEOUT, BODY_TIMEOUT));
    try (RawClient client = client(post("/stream-later", BINARY))) {
      await().until(() -> server.heads().size() == 1);
      await()
          .during(BODY_TIMEOUT.multipliedBy(4))
          .atMost(Duration.ofSeconds(20))
          .until(() -> server.open() == 1 && server.heads().size() == 1);
      client.send("b".repeat(996) + "z");
      assertThat(client.readHead().status()).isEqualTo(200);
    }
  }
}
