// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.BodyView;
import io.gatewaykit.api.request.GatewayRequest;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakGate.class)
class WebSocketMessageGuardTest {
  private static final TestServer server = server(true);

  private final Queue<String> received = new ConcurrentLinkedQueue<>();
  private final CompletableFuture<Integer> closed = new CompletableFuture<>();

  @AfterAll
  static void close() {
    server.close();
  }

  @Test
  void allowedDelayedAndPending_arriveInOrder() {
    WebSocket socket = connect(server);
    for (String message : new String[] {"a", "slow", "b", "later", "c", "later slow", "d"}) {
      socket.sendText(message, true).join();
    }
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .untilAsserted(() ->
            assertThat(received)
                .containsExactly("a", "slow", "b", "later", "c", "later slow", "d"));
    socket.abort();
  }

  @Test
  void readingTurnedOffByTheApplication_staysOff_afterAWait() {
    WebSocket socket = connect(server);
    for (String message : new String[] {"later stop", "a", "later stop"}) {
      socket.sendText(message, true).join();
    }
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .untilAsserted(() ->
            assertThat(received)
                .containsExactlyInAnyOrder("autoRead false", "a", "autoRead false"));
    socket.abort();
  }

  @Test
  void messagesAfterAWait_areFollowedByReadComplete() {
    WebSocket socket = connect(server);
    socket.sendText("later unflushed", true).join();
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .untilAsserted(() -> assertThat(received).containsExactly("later unflushed"));
    socket.abort();
  }

  @Test
  void fragmented_isCheckedAsOneValue() throws Exception {
    WebSocket socket = connect(server);
    socket.sendText("ev", false).join();
    socket.sendText("il", true).join();
    assertThat(closed.get(20, TimeUnit.SECONDS)).isEqualTo(1008);
  }

  @Test
  void fragmented_withoutAnAggregator_isRejected() throws Exception {
    try (TestServer plain = server(false)) {
      WebSocket socket = connect(plain);
      socket.sendText("a", true).join();
      socket.sendText("b", false).join();
      assertThat(closed.get(20, TimeUnit.SECONDS)).isEqualTo(1008);
      assertThat(received).containsExactly("a");
    }
  }

  @Test
  void overTheLimit_closes1013() throws Exception {
    connect(server).sendText("much", true).join();
    assertThat(closed.get(20, TimeUnit.SECONDS)).isEqualTo(1013);
  }

  @Test
  void failingCheck_closes1011() throws Exception {
    connect(server).sendText("bug", true).join();
    assertThat(closed.get(20, TimeUnit.SECONDS)).isEqualTo(1011);
  }

  @Test
  void drained_closes1012() throws Exception {
    connect(server).sendText("drain", true).join();
    assertThat(closed.get(20, TimeUnit.SECONDS)).isEqualTo(1012);
  }

  private static Verdict check(GatewayRequest upgrade, BodyView payload) {
    assertThat(upgrade.path()).isEqualTo("/chat");
    String text = StandardCharsets.UTF_8.decode(payload.bytes()).toString();
    return switch (text) {
      case "evil" -> Verdict.reject(Rejection.builder(403, "waf", "Forbidden").build());
      case "much" -> Verdict.reject(Rejection.builder(429, "rate", "Too Many Requests").build());
      case "slow", "later slow" -> Verdict.delay(Duration.ofMillis(20));
      case "bug" -> throw new IllegalStateException("bug");
      default -> Verdict.allow();
    };
  }

  private static Verdict later(GatewayRequest upgrade, BodyView payload) {
    String text = StandardCharsets.UTF_8.decode(payload.bytes()).toString();
    return text.startsWith("later")
        ? Verdict.pending(CompletableFuture.supplyAsync(Verdict::allow))
        : Verdict.allow();
  }

  private static TestServer server(boolean aggregated) {
    return TestServer.start(channel -> {
      channel
          .pipeline()
          .addLast(new HttpServerCodec())
          .addLast(GatewayHandler.of(GuardChain.empty()))
          .addLast(new HttpObjectAggregator(1024))
          .addLast(new WebSocketServerProtocolHandler("/chat"));
      if (aggregated) {
        channel.pipeline().addLast(new WebSocketFrameAggregator(1024));
      }
      channel
          .pipeline()
          .addLast(
              WebSocketMessageGuard.of(
                  WebSocketMessageGuardTest::later, WebSocketMessageGuardTest::check))
          .addLast(new Echo());
    });
  }

  private WebSocket connect(TestServer server) {
    return HttpClient.newHttpClient()
        .newWebSocketBuilder()
        .buildAsync(URI.create("ws://127.0.0.1:" + server.port() + "/chat"), new Listener())
        .join();
  }

  private final class Listener implements WebSocket.Listener {
    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      received.add(data.toString());
      socket.request(1);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      closed.complete(code);
      return CompletableFuture.completedFuture(null);
    }
  }

  private static final class Echo extends SimpleChannelInboundHandler<TextWebSocketFrame> {
    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // a failed write ends the channel
    protected void channelRead0(ChannelHandlerContext ctx, TextWebSocketFrame frame) {
      if (frame.text().equals("drain")) {
        WebSocketMessageGuard.drain(ctx.channel());
      } else if (frame.text().equals("later stop")) {
        ctx.channel().config().setAutoRead(false);
        ctx.executor()
            .execute(() -> {
              boolean reading = ctx.channel().config().isAutoRead();
              ctx.writeAndFlush(new TextWebSocketFrame("autoRead " + reading));
              ctx.channel().config().setAutoRead(true);
            });
      } else if (frame.text().equals("later unflushed")) {
        ctx.write(new TextWebSocketFrame(frame.text()));
      } else {
        ctx.writeAndFlush(new TextWebSocketFrame(frame.text()));
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      ctx.flush();
    }
  }
}
