// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.MessageCheck;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.BodyView;
import io.gatewaykit.api.request.GatewayRequest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The behaviour that the message checks of WebSockets must have on every server. The application is
 * {@value #PATH}, and echoes each message that it receives.
 */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@SuppressWarnings("NullAway.Init") // the fields are set before each test
public abstract class MessageContract {
  /** The path of the WebSocket. */
  protected static final String PATH = "/chat";

  /** The size of the largest message that the application must accept. */
  public static final int MAX_BYTES = 200_000;

  private static final String TAGGED = "tagged";
  private static final int SLICE = 16 << 10;

  private final SlicedCheck sliced = new SlicedCheck(SLICE);
  private TckServer server;

  /** The messages that the application has received. */
  protected final Queue<String> application = new ConcurrentLinkedQueue<>();

  /**
   * Starts a server whose handshakes pass the guards and whose messages pass the checks. It adds
   * each message that the application receives to {@link #application}.
   */
  protected abstract TckServer start(GuardChain guards, List<MessageCheck> checks) throws Exception;

  @BeforeAll
  void startServer() throws Exception {
    GuardChain guards = GuardChain.of(new TaggingGuard(TAGGED));
    server = start(guards, List.of(sliced, MessageContract::later, MessageContract::check));
  }

  @AfterAll
  void stopServer() {
    server.close();
  }

  @AfterEach
  void forget() {
    application.clear();
    sliced.clear();
  }

  private static Verdict check(GatewayRequest upgrade, BodyView payload) {
    String text = StandardCharsets.UTF_8.decode(payload.bytes()).toString();
    return switch (text) {
      case "evil" -> Verdict.reject(Rejection.builder(403, "waf", "Forbidden").build());
      case "much" -> Verdict.reject(Rejection.builder(429, "rate", "Too Many Requests").build());
      case "busy" -> Verdict.reject(Rejection.builder(503, "busy", "Unavailable").build());
      case "slow", "later slow" -> Verdict.delay(Duration.ofMillis(20));
      case "bug" -> throw new IllegalStateException("the check fails, as the test wants");
      case "request" -> described(upgrade);
      default -> Verdict.allow();
    };
  }

  private static Verdict later(GatewayRequest upgrade, BodyView payload) {
    String text = StandardCharsets.UTF_8.decode(payload.bytes()).toString();
    if (text.equals("later bug")) {
      return Verdict.pending(
          CompletableFuture.failedFuture(new IllegalStateException("as the test wants")));
    }
    Verdict last =
        text.equals("later evil")
            ? Verdict.reject(Rejection.builder(403, "waf", "Forbidden").build())
            : Verdict.allow();
    return text.startsWith("later")
        ? Verdict.pending(CompletableFuture.supplyAsync(() -> last))
        : Verdict.allow();
  }

  /** Allows the message if the upgrade request is complete. */
  private static Verdict described(GatewayRequest upgrade) {
    assertThat(upgrade.path()).isEqualTo(PATH);
    assertThat(upgrade.rawTarget()).isEqualTo(PATH + "?room=1");
    assertThat(upgrade.method()).isEqualTo("GET");
    assertThat(upgrade.host()).isEqualTo("127.0.0.1");
    assertThat(upgrade.headers().first("X-Test")).isEqualTo("a");
    assertThat(upgrade.client().address().isLoopbackAddress()).isTrue();
    assertThat(upgrade.attributes().get(TaggingGuard.TAG)).isEqualTo(TAGGED);
    return Verdict.allow();
  }

  @Test
  void allowedDelayedAndPending_arriveInOrder() {
    try (var client = new Client()) {
      String[] messages = {"a", "slow", "b", "later", "c", "later slow", "d"};
      client.send(messages);
      client.awaitEchoes(messages);
    }
  }

  @Test
  void binaryMessages_areChecked() throws Exception {
    try (var client = new Client()) {
      client.sendBinary("a");
      await().atMost(20, TimeUnit.SECONDS).until(() -> application.contains("a"));
      client.sendBinary("evil");
      assertThat(client.closeCode()).isEqualTo(1008);
      assertThat(application).containsExactly("a");
    }
  }

  @Test
  void fragmented_isCheckedAsAWhole() throws Exception {
    try (var client = new Client()) {
      client.sendFragments("good ", "by");
      client.awaitEchoes("good by");
      client.sendFragments("ev", "il");
      assertThat(client.closeCode()).isEqualTo(1008);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "evil, 1008",
    "later evil, 1008",
    "much, 1013",
    "busy, 1013",
    "bug, 1011",
    "later bug, 1011"
  })
  void rejectedOrFailed_closesTheWebSocket(String message, int code) throws Exception {
    try (var client = new Client()) {
      client.send("a");
      client.awaitEchoes("a");
      client.send(message);
      assertThat(client.closeCode()).isEqualTo(code);
    }
    try (var client = new Client()) {
      // A server that closes the connection without reading "b" and "c" resets it.
      client.sendIgnoringErrors(message, "b", "c");
      client.awaitEnd();
    }
    try (var other = new Client()) {
      other.send("d"); // other connections go on
      other.awaitEchoes("d");
    }
    assertThat(application).containsExactly("a", "d");
  }

  @Test
  void upgradeRequest_isShownToTheChecks_afterTheHandshake() {
    try (var client = new Client()) {
      for (int i = 0; i < 3; i++) {
        new Client().close(); // the server may reuse the objects of the first handshake
        client.send("request");
      }
      client.awaitEchoes("request", "request", "request");
    }
  }

  @Test
  void handshakesThatWaited_areAccepted_andTheirMessagesChecked() throws Exception {
    var later =
        new CompletableFuture<Verdict>()
            .completeOnTimeout(Verdict.allow(), 50, TimeUnit.MILLISECONDS);
    for (Verdict verdict : List.of(Verdict.delay(Duration.ofMillis(50)), Verdict.pending(later))) {
      RecordingGuard guard = RecordingGuard.answering(verdict);
      try (TckServer waiting =
              start(GuardChain.of(guard), List.of(MessageContract::later, MessageContract::check));
          var client = new Client(waiting)) {
        client.send("later slow", "a");
        client.awaitEchoes("later slow", "a");
        client.send("evil");
        assertThat(client.closeCode()).isEqualTo(1008);
        assertThat(guard.seen()).contains("head GET " + PATH + "?room=1");
      }
    }
  }

  @Test
  void largeMessage_isInspectedInSlices() throws Exception {
    String large = "a".repeat(2 * SLICE + 100);
    try (var client = new Client()) {
      client.send(large);
      client.awaitEchoes(large);
      assertThat(sliced.slices()).containsExactly(SLICE, SLICE, 100);
      client.sendIgnoringErrors("a".repeat(SLICE + 10) + "evil" + large);
      assertThat(client.closeCode()).isEqualTo(1008);
    }
    assertThat(sliced.slices()).hasSize(5);
    assertThat(sliced.open()).isZero();
    assertThat(application).containsExactly(large);
  }

  private final class Client implements WebSocket.Listener, AutoCloseable {
    private final Queue<String> echoes = new ConcurrentLinkedQueue<>();
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private final StringBuilder partial = new StringBuilder();
    private final WebSocket socket;

    Client() {
      this(server);
    }

    Client(TckServer server) {
      socket =
          HttpClient.newHttpClient()
              .newWebSocketBuilder()
              .header("X-Test", "a")
              .buildAsync(URI.create("ws://127.0.0.1:" + server.port() + PATH + "?room=1"), this)
              .join();
    }

    void send(String... messages) {
      for (String message : messages) {
        socket.sendText(message, true).join();
      }
    }

    void sendIgnoringErrors(String... messages) {
      for (String message : messages) {
        socket.sendText(message, true).exceptionally(closed -> socket).join();
      }
    }

    void sendFragments(String first, String last) {
      socket.sendText(first, false).join();
      socket.sendText(last, true).join();
    }

    void sendBinary(String message) {
      socket
          .sendBinary(ByteBuffer.wrap(message.getBytes(StandardCharsets.UTF_8)), true)
          .exceptionally(closed -> socket)
          .join();
    }

    void awaitEchoes(String... messages) {
      await()
          .atMost(20, TimeUnit.SECONDS)
          .untilAsserted(() -> assertThat(echoes).containsExactly(messages));
    }

    int closeCode() throws Exception {
      return closed.get(20, TimeUnit.SECONDS);
    }

    /** Waits until the connection is closed or reset. */
    void awaitEnd() {
      closed.handle((code, reset) -> true).orTimeout(20, TimeUnit.SECONDS).join();
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      partial.append(data);
      if (last) {
        echoes.add(partial.toString());
        partial.setLength(0);
      }
      from.request(1);
      return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
      closed.complete(code);
      return CompletableFuture.completedStage(null);
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
      closed.completeExceptionally(error);
    }

    @Override
    public void close() {
      socket.abort();
    }
  }
}
