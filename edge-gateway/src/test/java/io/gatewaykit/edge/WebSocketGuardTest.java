// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.tck.RawClient;
import io.gatewaykit.edge.config.ConfigException;
import io.gatewaykit.edge.config.ConfigReader;
import io.gatewaykit.edge.config.GatewayConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The guards of WebSocket messages, with a real client, raw frames and a real server. */
@Timeout(60)
@SuppressWarnings("StringConcatToTextBlock") // HTTP uses other line ends than text blocks
class WebSocketGuardTest {
  private static final String ATTACK = "{\"q\": \"eval($_POST[1])\"}";
  private static final String HANDSHAKE =
      "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
          + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";

  private final RawWebSocketServer server = new RawWebSocketServer();
  private @Nullable EdgeGateway gateway;

  WebSocketGuardTest() throws IOException {}

  @AfterEach
  void close() {
    if (gateway != null) {
      gateway.close();
    }
    server.close();
  }

  private GatewayConfig config(String policy) throws ConfigException {
    return ConfigReader.read(
        "edge.yaml",
        """
        listen: 127.0.0.1:0
        admin: 127.0.0.1:0
        %s
        checks: {type: tcp, interval: 30s, timeout: 10s}
        policy: {per-try-timeout: 20s, hedge: off, breaker: off}
        lines:
          - name: line
            endpoints: [{address: "127.0.0.1:%d"}]
        """
            .formatted(policy.strip(), server.port()));
  }

  private void start(String policy) throws Exception {
    gateway = EdgeGateway.start(config(policy), "edge.yaml", 1);
  }

  private EdgeGateway gateway() {
    return requireNonNull(gateway);
  }

  private RawClient open() throws IOException {
    RawClient client = new RawClient(gateway().address().getPort());
    client.send(HANDSHAKE);
    assertThat(client.readHead().status()).isEqualTo(101);
    return client;
  }

  private static String received(RawWebSocketServer.Connection connection, String expected) {
    return new String(connection.read(expected.length()), ISO_8859_1);
  }

  // A real client

  @Test
  void cleanText_passes_andAnAttackClosesWith1008() throws Exception {
    start("");
    var client = new Client(gateway());
    try (RawWebSocketServer.Connection connection = server.next()) {
      client.socket.sendText("hello", true).join();
      assertThat(connection.read(11)).hasSize(11);
      connection.send("\u0081\u0002hi");
      assertThat(client.received.get(20, TimeUnit.SECONDS)).isEqualTo("hi");
      client.socket.sendText(ATTACK, true).join();
      assertThat(client.closed.get(20, TimeUnit.SECONDS)).isEqualTo(1008);
      assertThat(connection.readAll()).isEmpty();
    }
    Awaitility.await().until(() -> gateway().status().load().heldBytes() == 0);
    assertThat(gateway().status().waf().blocked()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "eval($_POST[1])",
        "' OR 1=1 -- ",
        "<script>alert(1)</script>",
        "42[\"chat\",\"${jndi:ldap://a/b}\"]",
        "q=../../etc/passwd"
      })
  void attackInAnyText_closesWith1008(String attack) throws Exception {
    start("");
    try (RawClient client = open();
        RawWebSocketServer.Connection connection = server.next()) {
      client.send(Frames.text(attack));
      assertThat(client.readAll()).isEqualTo(Frames.close(1008, "Policy violation"));
      assertThat(connection.readAll()).isEmpty();
    }
  }

  @Test
  void attackInFragments_closesWith1008() throws Exception {
    start("");
    var client = new Client(gateway());
    client.socket.sendText(ATTACK.substring(0, 9), false).join();
    client.socket.sendText(ATTACK.substring(9), true).join();
    assertThat(client.closed.get(20, TimeUnit.SECONDS)).isEqualTo(1008);
    assertThat(server.next().readAll()).isEmpty();
  }

  @Test
  void messagesBeyondTheLimit_closeWith1013() throws Exception {
    start(
        """
        limits: {messages: {rate: 1/h, burst: 2, key: client-address}}
        routes: [{name: ws, path: /ws, waf: off, websocket: {limit: messages}}]
        """);
    var client = new Client(gateway());
    client.socket.sendText("1", true).join();
    client.socket.sendBinary(ByteBuffer.wrap(new byte[] {2}), true).join();
    client.socket.sendText("3", true).join();
    try (RawWebSocketServer.Connection connection = server.next()) {
      assertThat(connection.read(21)).hasSize(21);
      client.socket.sendText("4", true).join();
      assertThat(client.closed.get(20, TimeUnit.SECONDS)).isEqualTo(1013);
    }
    assertThat(gateway().status().limiters().get(0).rejected()).isEqualTo(1);
  }

  // Raw frames

  @Test
  void validFrames_passByteForByte_howeverTheyArrive() throws Exception {
    start("");
    var random = new Random(7);
    var all = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      String payload = "a b\u0001".repeat(random.nextInt(random.nextInt(10) == 0 ? 9000 : 40));
      int split = random.nextInt(payload.length() + 1);
      int opcode = 1 + random.nextInt(2);
      all.append(
          random.nextBoolean()
              ? Frames.client(0x80 | opcode, payload)
              : Frames.client(opcode, payload.substring(0, split))
                  + Frames.client(0x80, payload.substring(split)));
    }
    String sent = all.toString();
    try (RawClient client = open();
        RawWebSocketServer.Connection connection = server.next()) {
      var sender =
          new FutureTask<>(() -> {
            int at = 0;
            while (at < sent.length()) {
              int end = Math.min(sent.length(), at + 1 + random.nextInt(3000));
              client.send(sent.substring(at, end));
              at = end;
            }
            return at;
          });
      new Thread(sender, "sender").start();
      assertThat(received(connection, sent)).isEqualTo(sent);
      assertThat(sender.get()).isEqualTo(sent.length());
    }
    Awaitility.await().until(() -> gateway().status().load().heldBytes() == 0);
  }

  @Test
  void controlFrames_passWhileATextIsHeld() throws Exception {
    start("");
    try (RawClient client = open();
        RawWebSocketServer.Connection connection = server.next()) {
      String start = Frames.client(0x01, "hel");
      String ping = Frames.client(0x89, "ping");
      client.send(start + ping);
      assertThat(received(connection, ping)).isEqualTo(ping);
      String end = Frames.client(0x80, "lo");
      client.send(end);
      assertThat(received(connection, start + end)).isEqualTo(start + end);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "no mask, 8105 6162636465, 1002",
    "an extension's bit, c1 85 00000000 6162636465, 1002",
    "a reserved opcode, 83 80 00000000, 1002",
    "a reserved control opcode, 8b 80 00000000, 1002",
    "a fragmented ping, 09 80 00000000, 1002",
    "a long ping, 89 fe 007e 00000000, 1002",
    "a continuation of nothing, 80 80 00000000, 1002",
    "a text within a text, 01 80 00000000 81 80 00000000, 1002",
    "a length that is not minimal, 81 fe 0005 00000000, 1002",
    "a length that is not minimal, 81 ff 000000000000ffff 00000000, 1002",
    "a negative length, 81 ff 8000000000000000 00000000, 1002",
    "a close of one byte, 88 81 00000000 03, 1002",
    "a close with a status that must not be sent, 88 82 00000000 03ed, 1002",
    "a text that is not UTF-8, 81 82 00000000 c328, 1007",
    "a text that is too long, 81 ff 0000000000100001 00000000, 1009",
    "a binary message that is too long, 82 ff 7fffffffffffffff 00000000, 1009"
  })
  void invalidFrames_closeTheWebSocket(String what, String hex, int status) throws Exception {
    start("");
    try (RawClient client = open();
        RawWebSocketServer.Connection connection = server.next()) {
      var bytes = new StringBuilder();
      for (byte b : HexFormat.of().parseHex(hex.replace(" ", ""))) {
        bytes.append((char) (b & 0xff));
      }
      client.send(bytes.toString());
      assertThat(client.readAll())
          .startsWith("\u0088")
          .satisfies(all -> assertThat(all.charAt(2) << 8 | all.charAt(3)).isEqualTo(status));
      assertThat(connection.readAll()).doesNotContain("abcde");
    }
    Awaitility.await().until(() -> gateway().status().load().heldBytes() == 0);
  }

  @Test
  void closeFrame_waitsForTheEndOfTheServersFrame() throws Exception {
    start("");
    try (RawClient client = open();
        RawWebSocketServer.Connection connection = server.next()) {
      connection.send("\u0081\u0005hel");
      assertThat(client.read(5)).isEqualTo("\u0081\u0005hel");
      client.send(Frames.text(ATTACK));
      Awaitility.await().until(() -> gateway().status().waf().blocked() == 1);
      connection.send("lo\u0081\u0004lost");
      assertThat(client.readAll()).isEqualTo("lo" + Frames.close(1008, "Policy violation"));
    }
  }

  @Test
  void serversFirstFrame_inThePacketOfTheResponse_passes() throws Exception {
    server.greeting = "\u0081\u0005hello";
    start("");
    try (RawClient client = open();
        RawWebSocketServer.Connection connection = server.next()) {
      assertThat(client.read(7)).isEqualTo("\u0081\u0005hello");
      client.send(Frames.text("hi"));
      assertThat(received(connection, Frames.text("hi"))).isEqualTo(Frames.text("hi"));
    }
  }

  @Test
  void compression_isNotNegotiated_whereTextIsInspected() throws Exception {
    start("");
    RawClient client = open();
    try (RawWebSocketServer.Connection connection = server.next()) {
      assertThat(connection.head().toLowerCase(Locale.ROOT)).doesNotContain("extensions");
    }
    client.close();
  }

  @Test
  void unguardedTunnel_passesAnyBytes() throws Exception {
    start("routes: [{name: ws, path: /ws, waf: off}]");
    try (RawClient client = open();
        RawWebSocketServer.Connection connection = server.next()) {
      assertThat(connection.head()).contains("permessage-deflate");
      client.send("no frame" + Frames.text(ATTACK));
      assertThat(received(connection, "no frame" + Frames.text(ATTACK))).startsWith("no frame");
    }
  }

  @Test
  void firewallOfMessages_canDifferFromThatOfTheRoute() throws Exception {
    start(
        """
        routes:
          - {name: ws, path: /ws, websocket: {waf: off, max-message: 1KiB}}
        """);
    assertThat(gateway().status().waf().unguarded()).containsExactly("ws (WebSocket messages)");
    try (RawClient client = open();
        RawWebSocketServer.Connection connection = server.next()) {
      client.send(Frames.text(ATTACK));
      assertThat(received(connection, Frames.text(ATTACK))).isEqualTo(Frames.text(ATTACK));
      client.send(Frames.client(0x01, "a".repeat(600)) + Frames.client(0x80, "a".repeat(600)));
      assertThat(client.readAll()).startsWith("\u0088").contains("\u0003\u00f1");
    }
  }

  @Test
  void idleWebSocket_isClosed() throws Exception {
    start("defaults: {websocket: {idle-timeout: 1s}}");
    try (RawClient client = open()) {
      assertThat(client.readAll()).isEmpty();
    }
  }

  @Test
  void settingsOutOfRange_areRejectedWithTheirPosition() {
    assertThatThrownBy(() ->
            config(
                """
                routes:
                  - name: ws
                    websocket: {limit: none, waf: maybe, max-message: 17MiB, idle-timeout: 0s, x: 1}
                """))
        .isInstanceOfSatisfying(
            ConfigException.class,
            e ->
                assertThat(String.join("\n", e.problems()))
                    .contains(
                        "edge.yaml:5:24",
                        "routes[0].websocket.limit: none",
                        "routes[0].websocket.waf: maybe",
                        "routes[0].websocket.max-message: 17MiB (expected: a size from 1 to 16777216",
                        "routes[0].websocket.idle-timeout: 0s",
                        "routes[0].websocket.x: unknown field"));
  }

  /** A WebSocket client of the JDK. */
  private static final class Client implements WebSocket.Listener {
    final CompletableFuture<Integer> closed = new CompletableFuture<>();
    final CompletableFuture<String> received = new CompletableFuture<>();
    final WebSocket socket;

    Client(EdgeGateway gateway) {
      URI uri = URI.create("ws://127.0.0.1:" + gateway.address().getPort() + "/ws");
      socket = HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(uri, this).join();
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
      received.complete(text.toString());
      from.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int status, String reason) {
      closed.complete(status);
      return null;
    }
  }
}
