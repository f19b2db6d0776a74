// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.request.Cidr;
import io.gatewaykit.api.tck.RawClient;
import io.gatewaykit.api.tck.RawResponse;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.FailoverGroupBuilder;
import io.gatewaykit.failover.Line;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The proxy over real sockets: raw clients in front, scripted servers behind. */
@Timeout(60)
@SuppressWarnings("StringConcatToTextBlock") // HTTP uses other line ends than text blocks
class ProxyServerTest {
  private final ScriptedServer first = ScriptedServer.start();
  private final ScriptedServer second = ScriptedServer.start();
  private ProxyServer proxy;

  @BeforeEach
  void start() throws IOException {
    proxy = proxy(List.of(), first.address(), second.address());
  }

  @AfterEach
  void stop() {
    proxy.close();
    first.close();
    second.close();
  }

  private static ProxyServer proxy(List<Cidr> trusted, InetSocketAddress... servers)
      throws IOException {
    FailoverGroupBuilder<InetSocketAddress> group = FailoverGroup.builder("test");
    for (int i = 0; i < servers.length; i++) {
      group.line(Line.of("line-" + i, i, Endpoint.of("server-" + i, servers[i])));
    }
    FailoverGroup<InetSocketAddress> built = group.build();
    return Proxies.start(built, trusted, Duration.ofMillis(500), null);
  }

  private RawClient client() throws IOException {
    return new RawClient(proxy.address().getPort());
  }

  @Test
  void get_keepAlive_reusesBothConnections() throws IOException {
    first.answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    try (RawClient client = client()) {
      for (int i = 0; i < 3; i++) {
        client.send("GET /a?b=%20c HTTP/1.1\r\nHost: h\r\n\r\n");
        assertThat(client.read().body()).isEqualTo("ok");
      }
    }
    assertThat(first.requests()).hasSize(3);
    assertThat(first.requests().get(0)).startsWith("GET /a?b=%20c HTTP/1.1\r\n");
    assertThat(first.connections()).isEqualTo(1);
  }

  @Test
  void headers_hopByHop_areRemovedAndClientIsAdded() throws IOException {
    first.answer(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n"
            + "Keep-Alive: timeout=5\r\nX-End: 2\r\n\r\nok");
    try (RawClient client = client()) {
      client.send(
          "GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, X-Secret\r\nX-Secret: s\r\n"
              + "Keep-Alive: 5\r\nTE: gzip\r\nProxy-Authorization: p\r\nX-Forwarded-For: 6.6.6.6\r\n"
              + "Forwarded: for=6.6.6.6\r\nX-Keep: k\r\n\r\n");
      RawResponse response = client.read();
      assertThat(response.lines().toString())
          .contains("X-End: 2")
          .doesNotContain("X-Hop", "Keep-Alive");
    }
    String request = first.requests().get(0);
    assertThat(request)
        .contains("X-Keep: k", "x-forwarded-for: 127.0.0.1\r\n", "for=127.0.0.1", "via: 1.1")
        .doesNotContain("X-Secret", "Keep-Alive", "TE: gzip", "Proxy-Authorization", "6.6.6.6");
  }

  @Test
  void connection_cannotHideFieldsThatTheGuardsHaveRead() throws IOException {
    first.answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    try (RawClient client = client()) {
      client.send(
          "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Encoding: identity\r\n"
              + "Content-Type: text/plain\r\nCookie: a=b\r\nAuthorization: Basic eA==\r\nX-Hop: 1\r\n"
              + "Connection: content-encoding, Content-Type, Cookie, Authorization, X-Hop\r\n\r\nhi");
      assertThat(client.read().status()).isEqualTo(200);
    }
    assertThat(first.requests().get(0).toLowerCase(Locale.ROOT))
        .contains("content-encoding:", "content-type:", "cookie:", "authorization:")
        .doesNotContain("x-hop");
  }

  @Test
  void proxyField_thatCgiProgramsTakeForASetting_isRemoved() throws IOException {
    first.answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    try (RawClient client = client()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\nProxy: http://evil\r\nX-Other: 1\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(200);
    }
    assertThat(first.requests().get(0)).contains("X-Other").doesNotContain("evil");
  }

  @Test
  void forwarding_fromTrustedProxy_isExtended() throws IOException {
    proxy.close();
    proxy = proxy(List.of(Cidr.parse("127.0.0.0/8")), first.address());
    first.answer("HTTP/1.1 204 No Content\r\n\r\n");
    try (RawClient client = client()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 9.9.9.9\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(204);
    }
    assertThat(first.requests().get(0)).contains("x-forwarded-for: 9.9.9.9, 127.0.0.1");
  }

  @Test
  void responseToHead_keepsLengthAndConnection() throws IOException {
    first.answer("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n");
    try (RawClient client = client()) {
      for (int i = 0; i < 2; i++) {
        client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
        RawResponse response = client.readHead();
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.lines().toString()).containsIgnoringCase("content-length: 1234");
      }
    }
  }

  @Test
  void pipelinedRequests_haveResponsesInOrder() throws IOException {
    first.answer(
        request -> "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + request.substring(5, 7));
    try (RawClient client = client()) {
      client.send(
          "GET /r1 HTTP/1.1\r\nHost: h\r\n\r\nGET /r2 HTTP/1.1\r\nHost: h\r\n\r\n"
              + "GET /r3 HTTP/1.1\r\nHost: h\r\n\r\n");
      assertThat(client.read().body()).isEqualTo("r1");
      assertThat(client.read().body()).isEqualTo("r2");
      assertThat(client.read().body()).isEqualTo("r3");
    }
  }

  @Test
  void chunkedBothWays_passes() throws IOException {
    first.answer(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    try (RawClient client = client()) {
      client.send(
          "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwxyz\r\n0\r\n\r\n");
      assertThat(client.read().body()).isEqualTo("abcde");
    }
    assertThat(first.requests().get(0)).contains("wxyz");
  }

  @Test
  void responseUntilClose_becomesChunked() throws IOException {
    first.answerAndClose("HTTP/1.1 200 OK\r\n\r\nall of it");
    try (RawClient client = client()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      RawResponse response = client.read();
      assertThat(response.lines().toString()).containsIgnoringCase("transfer-encoding: chunked");
      assertThat(response.body()).isEqualTo("all of it");
    }
  }

  @Test
  void oldClient_getsUnframedBodyAndClose() throws IOException {
    first.answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    try (RawClient client = client()) {
      client.send("GET / HTTP/1.0\r\nHost: h\r\n\r\n");
      String all = client.readAll();
      assertThat(all).endsWith("\r\n\r\nabc").doesNotContainIgnoringCase("chunked");
    }
  }

  @Test
  void expectContinue_isForwardedToTheServer() throws IOException {
    first.continueThenAnswer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    try (RawClient client = client()) {
      client.send(
          "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
      assertThat(client.readHead().status()).isEqualTo(100);
      client.send("body");
      assertThat(client.read().body()).isEqualTo("ok");
    }
    assertThat(first.requests().get(0)).endsWith("body");
  }

  @Test
  void serverError_idempotent_isRetriedElsewhere() throws IOException {
    first.answer("HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno");
    second.answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes");
    try (RawClient client = client()) {
      client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody");
      assertThat(client.read().body()).isEqualTo("yes");
    }
    assertThat(first.requests().get(0)).endsWith("body");
    assertThat(second.requests().get(0)).endsWith("body");
  }

  @Test
  void serverError_post_isPassedOn() throws IOException {
    first.answer("HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno");
    try (RawClient client = client()) {
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody");
      RawResponse response = client.read();
      assertThat(response.status()).isEqualTo(500);
      assertThat(response.body()).isEqualTo("no");
    }
    assertThat(second.requests()).isEmpty();
  }

  @Test
  void refusedConnection_evenPost_goesElsewhereWithItsBody() throws IOException {
    int closed;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    proxy.close();
    proxy =
        proxy(
            List.of(),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), closed),
            second.address());
    second.answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes");
    try (RawClient client = client()) {
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody");
      assertThat(client.read().body()).isEqualTo("yes");
    }
    assertThat(second.requests().get(0)).endsWith("body");
  }

  @Test
  void silentServer_post_gets504AsProblem() throws IOException {
    first.stayingSilent();
    try (RawClient client = client()) {
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody");
      RawResponse response = client.read();
      assertThat(response.status()).isEqualTo(504);
      assertThat(response.lines().toString()).contains("application/problem+json");
      assertThat(response.body()).contains("\"status\":504");
    }
  }

  @Test
  void serversThatHangUp_get502() throws IOException {
    first.hangingUp();
    second.hangingUp();
    try (RawClient client = client()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(502);
    }
  }

  @Test
  void truncatedResponse_closesTheClientsConnection() throws IOException {
    first.answerAndClose("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    try (RawClient client = client()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      assertThat(client.readAll()).endsWith("half");
    }
  }

  @Test
  void staleConnection_isReplacedWithoutCountingAgainstTheServer() throws IOException {
    first.answerAndClose("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    try (RawClient client = client()) {
      for (int i = 0; i < 20; i++) {
        client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        assertThat(client.read().body()).isEqualTo("ok");
      }
    }
    assertThat(second.requests()).isEmpty();
  }
}
