// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.healthcheck.state.ProbeResult;
import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class WebSocketProbeTest {
  private static final Pattern KEY = Pattern.compile("Sec-WebSocket-Key: (\\S+)");
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455, 1.3

  private static String accept(String key) throws GeneralSecurityException {
    byte[] digest = MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(US_ASCII));
    return Base64.getEncoder().encodeToString(digest);
  }

  @Test
  void handshake_isCompletedAndClosedPolitely() throws Exception {
    try (var listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      var heard = CompletableFuture.supplyAsync(() -> serve(listener));
      ProbeResult result =
          ProbeOnce.of(
              Probe.webSocket("/chat"), (InetSocketAddress) listener.getLocalSocketAddress());
      assertThat(result.cause()).as(result.detail()).isEqualTo(Cause.PASSED);
      assertThat(heard.get(30, TimeUnit.SECONDS))
          .as("a masked close frame with status 1000")
          .isEqualTo("88820000000003e8");
    }
  }

  private static String serve(ServerSocket listener) {
    try (Socket socket = listener.accept()) {
      var in = new DataInputStream(socket.getInputStream());
      var request = new StringBuilder();
      while (request.indexOf("\r\n\r\n") < 0) {
        request.append((char) in.readUnsignedByte());
      }
      assertThat(request).startsWith("GET /chat HTTP/1.1\r\n").contains("Upgrade: websocket");
      Matcher key = KEY.matcher(request);
      assertThat(key.find()).isTrue();
      String answer =
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              + "Sec-WebSocket-Accept: "
              + accept(key.group(1))
              + "\r\n\r\n";
      socket.getOutputStream().write(answer.getBytes(US_ASCII));
      byte[] goodbye = new byte[8];
      in.readFully(goodbye);
      return HexFormat.of().formatHex(goodbye);
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', STATUS, status 200",
    "'HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n', STATUS, status 426",
    "'HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n', PROTOCOL, "
        + "invalid WebSocket handshake response",
    "'SSH-2.0\r\n', PROTOCOL, response is not HTTP/1.x"
  })
  void anythingElse_fails(String answer, Cause cause, String detail) throws Exception {
    try (var server = new AnsweringServer(answer)) {
      ProbeResult result = ProbeOnce.of(Probe.webSocket("/chat"), server.address());
      assertThat(result.detail()).isEqualTo(detail);
      assertThat(result.cause()).isEqualTo(cause);
    }
  }
}
