// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.request.BodyBudget;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.api.tck.RawClient;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Line;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bounds across all clients, and the behaviour beyond them. */
@Timeout(60)
@SuppressWarnings("StringConcatToTextBlock") // HTTP uses other line ends than text blocks
class ProxyBoundsTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  private static final String FIELD = "X-A: " + "a".repeat(95) + "\r\n";

  private final ScriptedServer server = ScriptedServer.start();
  private final BodyBudget held = BodyBudget.of(1 << 20);
  private ProxyServer proxy;

  @BeforeEach
  void start() throws IOException {
    FailoverGroup<InetSocketAddress> group =
        FailoverGroup.<InetSocketAddress>builder("test")
            .line(Line.of("line", 0, Endpoint.of("server", server.address())))
            .build();
    proxy =
        ProxyServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            1,
            GuardSelector.always(GuardChain.empty()),
            () -> group,
            new ProxyServer.Settings(
                List.of(),
                ClientAddressResolver.peer(),
                Duration.ofSeconds(10),
                Duration.ofSeconds(1),
                Duration.ofSeconds(60),
                null),
            new ProxyLimits(10, held, 2));
  }

  @AfterEach
  void stop() {
    proxy.close();
    server.close();
  }

  private RawClient client() throws IOException {
    return new RawClient(proxy.address().getPort());
  }

  @Test
  void connectionBeyondTheLimit_is503_untilOneCloses() throws IOException {
    server.answer(OK);
    var clients = new ArrayList<RawClient>();
    for (int i = 0; i < 10; i++) {
      RawClient client = client();
      clients.add(client);
      client.send(GET);
      assertThat(client.read().status()).isEqualTo(200);
    }
    try (RawClient surplus = client()) {
      assertThat(surplus.readAll()).startsWith("HTTP/1.1 503").contains("Connection: close");
    }
    assertThat(proxy.load().rejectedConnections()).isEqualTo(1);
    for (RawClient client : clients) {
      client.close();
    }
    Awaitility.await().until(() -> proxy.load().connections() == 0);
    try (RawClient client = client()) {
      client.send(GET);
      assertThat(client.read().status()).isEqualTo(200);
    }
  }

  @Test
  void incompleteHeads_areReservedAndReleased() throws IOException {
    var clients = new ArrayList<RawClient>();
    for (int i = 0; i < 5; i++) {
      RawClient client = client();
      clients.add(client);
      client.send("GET / HTTP/1.1\r\nHost: h\r\n" + FIELD.repeat(100) + "X-B: ");
    }
    Awaitility.await().until(() -> proxy.load().heldBytes() > 40_000);
    for (RawClient client : clients) {
      client.close();
    }
    Awaitility.await().until(() -> proxy.load().heldBytes() == 0);
  }

  @Test
  void incompleteHeadBehindACompleteRequest_isReservedAndReleased() throws IOException {
    server.answer(OK);
    try (RawClient client = client()) {
      client.send(
          "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10000\r\n\r\n"
              + "a".repeat(10_000)
              + "GET /next HTTP/1.1\r\nHost: h\r\n"
              + FIELD.repeat(100)
              + "X-B: ");
      assertThat(client.read().status()).isEqualTo(200);
      Awaitility.await().until(() -> proxy.load().heldBytes() > 20_000);
      assertThat(proxy.load().heldBytes()).isLessThan(25_000); // without the first body
      client.send("b\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(200);
      assertThat(proxy.load().heldBytes()).isZero();
    }
  }

  @Test
  void clientOfATunnelThatDoesNotRead_isASlowReaderUntilItReads() throws IOException {
    int size = 20 << 20;
    server.answer(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
            + "a".repeat(size));
    try (RawClient client = client()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
      Awaitility.await().until(() -> proxy.load().slowReaders() == 1);
      assertThat(client.readHead().status()).isEqualTo(101);
      client.skip(size);
      Awaitility.await().until(() -> proxy.load().slowReaders() == 0);
      assertThat(proxy.load().connections()).isEqualTo(1);
    }
  }

  @Test
  void headOrTrailerOfTooManyFields_isRejected() throws IOException {
    server.answer(OK);
    String most = "a:\r\n".repeat(CountedFields.MAX - 1); // and Host
    try (RawClient client = client()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n" + most + "\r\n");
      assertThat(client.read().status()).isEqualTo(200);
      client.send("GET / HTTP/1.1\r\nHost: h\r\n" + most + "a:\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(431);
    }
    try (RawClient client = client()) {
      client.send(
          "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
              + "a:\r\n".repeat(CountedFields.MAX + 1)
              + "\r\n");
      assertThat(client.read().status()).isBetween(400, 499);
    }
  }

  @Test
  void headOfARequestInFlight_isReserved_withTheMemoryOfItsFields() throws IOException {
    server.stayingSilent();
    try (RawClient client = client()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n" + "a:\r\n".repeat(100) + "\r\n");
      Awaitility.await().until(() -> !server.requests().isEmpty());
      assertThat(held.usedBytes()).isBetween(101 * 128L, 20_000L);
    }
    Awaitility.await().until(() -> held.usedBytes() == 0);
  }

  @Test
  void incompleteHeadBeyondTheBudget_isClosed() throws IOException {
    assertThat(held.tryReserve((1 << 20) - 1000)).isTrue();
    try (RawClient client = client()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n" + FIELD.repeat(100));
      assertThat(client.readAll()).isEmpty();
    }
    assertThat(proxy.load().rejectedHolds()).isEqualTo(1);
    held.release((1 << 20) - 1000);
  }

  @Test
  void clientsThatDoNotRead_areClosedBeyondTheLimit_theLongestWaitingFirst() throws IOException {
    String body = "a".repeat(20 << 20);
    server.answer("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    var clients = new ArrayList<RawClient>();
    for (int i = 0; i < 4; i++) {
      RawClient client = client();
      clients.add(client);
      client.send(GET);
    }
    Awaitility.await().until(() -> proxy.load().droppedReaders() == 2);
    assertThat(proxy.load().slowReaders()).isEqualTo(2);
    for (RawClient client : clients) {
      client.close();
    }
    Awaitility.await().until(() -> proxy.load().slowReaders() == 0);
  }

  /** The bytes that can wait for these clients are those of 32 interim responses per attempt. */
  @ParameterizedTest
  @ValueSource(ints = {100, 7000})
  void floodOfInterimResponses_isCut_thoughTheClientDoesNotRead(int size) throws IOException {
    String interim = "HTTP/1.1 103 Early Hints\r\nLink: " + "a".repeat(size) + "\r\n\r\n";
    server.answer(interim.repeat(20_000_000 / size));
    var clients = new ArrayList<RawClient>();
    for (int i = 0; i < 8; i++) {
      RawClient client = client();
      clients.add(client);
      client.send(GET);
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(40))
        .until(() -> server.connections() >= 8 && server.open() == 0);
    for (RawClient client : clients) {
      int interims = 0;
      int status = client.readHead().status();
      for (; status == 103; status = client.readHead().status()) {
        interims++;
      }
      assertThat(interims).isLessThanOrEqualTo(3 * 32);
      assertThat(status).isIn(502, 503, 504);
      client.close();
    }
  }
}
