// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.request.Cidr;
import io.netty.handler.codec.http.HttpServerCodec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakGate.class)
class ProxyProtocolHandlerTest {
  private static final String GET = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";
  private static final String BAD = "GET /end HTTP/1.1\r\nbad name: x\r\n\r\n"; // ends the exchange
  private static final List<Cidr> LOOPBACK = List.of(Cidr.parse("127.0.0.0/8"));
  private static final List<Cidr> ELSEWHERE = List.of(Cidr.parse("192.0.2.0/24"));

  @Test
  void version1_isTheClient() throws IOException {
    String header = "PROXY TCP4 203.0.113.7 10.0.0.1 4711 80\r\n";
    assertThat(answer(ProxyProtocolHandler.required(LOOPBACK), header + GET + GET + BAD))
        .containsSubsequence("/x 0 203.0.113.7", "/x 0 203.0.113.7");
  }

  @Test
  void version1_ipv6_isTheClient() throws IOException {
    String header = "PROXY TCP6 2001:db8::7 2001:db8::1 4711 80\r\n";
    assertThat(answer(ProxyProtocolHandler.optional(LOOPBACK), header + GET + BAD))
        .contains("/x 0 2001:db8:0:0:0:0:0:7");
  }

  @Test
  void version2_withAnExtension_isTheClient() throws IOException {
    String header = version2("21110011" + "cb007109" + "0a000001" + "12340050" + "0400026162");
    assertThat(answer(ProxyProtocolHandler.required(LOOPBACK), header + GET + BAD))
        .contains("/x 0 203.0.113.9");
  }

  @Test
  void version2_local_keepsThePeer() throws IOException {
    String header = version2("20000000");
    assertThat(answer(ProxyProtocolHandler.required(LOOPBACK), header + GET + BAD))
        .contains("/x 0 127.0.0.1");
  }

  @Test
  void unknown_keepsThePeer() throws IOException {
    assertThat(answer(ProxyProtocolHandler.required(LOOPBACK), "PROXY UNKNOWN\r\n" + GET + BAD))
        .contains("/x 0 127.0.0.1");
  }

  @Test
  void noHeader_optional_passes_required_isClosed() throws IOException {
    assertThat(answer(ProxyProtocolHandler.optional(LOOPBACK), GET + BAD))
        .contains("/x 0 127.0.0.1");
    assertThat(answer(ProxyProtocolHandler.required(LOOPBACK), GET + BAD)).isEmpty();
  }

  @Test
  void headerOfAnUntrustedPeer_isNotAccepted() throws IOException {
    String spoofed = "PROXY TCP4 203.0.113.7 10.0.0.1 4711 80\r\n" + GET;
    assertThat(answer(ProxyProtocolHandler.optional(ELSEWHERE), spoofed))
        .startsWith("HTTP/1.1 400");
    assertThat(answer(ProxyProtocolHandler.required(ELSEWHERE), spoofed)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PROXY TCP4 203.0.113.7 10.0.0.1 99999 80\r\n",
        "PROXY TCP4 host.example 10.0.0.1 4711 80\r\n",
        "PROXY TCP4 203.0.113.7\r\n"
      })
  void malformedHeader_closes(String header) throws IOException {
    assertThat(answer(ProxyProtocolHandler.optional(LOOPBACK), header + GET)).isEmpty();
  }

  @Test
  void noTrustedPeers_isRejected() {
    assertThatThrownBy(() -> ProxyProtocolHandler.required(List.of()))
        .hasMessage("trustedPeers: none (expected: at least one block)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"send-proxy", "send-proxy-v2"})
  void haproxy_sourceIsItsClient(String option, @TempDir Path dir) throws Exception {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/sbin/haproxy")), "needs the Debian package haproxy");
    try (TestServer server = server(ProxyProtocolHandler.required(LOOPBACK))) {
      int port = freePort();
      Path config = dir.resolve("haproxy.cfg");
      Files.writeString(
          config,
          """
          defaults
            mode tcp
            timeout connect 5s
            timeout client 20s
            timeout server 20s
          listen front
            bind 127.0.0.1:%d
            source 127.0.0.9
            server back 127.0.0.1:%d %s
          """
              .formatted(port, server.port(), option));
      Process haproxy =
          new ProcessBuilder("/usr/sbin/haproxy", "-db", "-f", config.toString())
              .redirectErrorStream(true)
              .redirectOutput(dir.resolve("log").toFile())
              .start();
      try {
        Awaitility.await()
            .atMost(20, TimeUnit.SECONDS)
            .ignoreExceptionsInstanceOf(IOException.class)
            .untilAsserted(() -> assertThat(through(port)).contains("/x 0 127.0.0.5"));
      } finally {
        haproxy.destroy();
        assertThat(haproxy.waitFor(20, TimeUnit.SECONDS)).isTrue();
      }
    }
  }

  /** Sends a request from another address than HAProxy. */
  private static String through(int port) throws IOException {
    try (var socket = new Socket()) {
      socket.setSoTimeout(20_000);
      socket.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.5"), 0));
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      TestServer.write(socket, GET + BAD);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private static String version2(String hex) {
    byte[] bytes = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a" + hex);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static String answer(ProxyProtocolHandler handler, String bytes) throws IOException {
    try (TestServer server = server(handler)) {
      return server.exchange(bytes);
    }
  }

  private static TestServer server(ProxyProtocolHandler handler) {
    return TestServer.start(channel ->
        channel
            .pipeline()
            .addLast(handler)
            .addLast(new HttpServerCodec())
            .addLast(GatewayHandler.of(GuardChain.empty()))
            .addLast(new EchoApp()));
  }
}
