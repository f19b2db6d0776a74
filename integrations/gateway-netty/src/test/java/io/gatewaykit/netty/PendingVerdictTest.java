// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Guards that complete their pending verdict late, or never. */
@ExtendWith(LeakGate.class)
class PendingVerdictTest {
  private static final String GET = "GET /head HTTP/1.1\r\nHost: h\r\n\r\n";
  private static final String OTHER = "GET /other HTTP/1.1\r\nHost: h\r\n\r\n";
  private static final String POST =
      "POST /body HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";

  private final CompletableFuture<Verdict> verdict = new CompletableFuture<>();
  private final GatewayHandler handler =
      GatewayHandler.builder()
          .guards(GuardSelector.always(GuardChain.of(new Pending())))
          .maxPending(Duration.ofSeconds(10))
          .build();
  private final EmbeddedChannel channel =
      new EmbeddedChannel(new HttpServerCodec(), handler, new EchoApp());

  @BeforeEach
  void freeze() {
    channel.freezeTime();
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  @Test
  void bodyVerdictThatNeverCompletes_is503AtTheTimeout() {
    send(POST);
    pass(Duration.ofSeconds(10).minusNanos(1));
    assertThat(received()).isEmpty();
    pass(Duration.ofNanos(1));
    assertThat(received()).startsWith("HTTP/1.1 503").contains("Retry-After: 1");
    assertThat(handler.pendingTimeouts()).isEqualTo(1);
  }

  @Test
  void headVerdictThatNeverCompletes_is503_andTheConnectionContinues() {
    send(GET + OTHER);
    pass(Duration.ofSeconds(10));
    assertThat(received()).containsSubsequence("HTTP/1.1 503", "HTTP/1.1 200", "/other");
  }

  @Test
  void verdictAfterTheTimeout_isIgnored() {
    send(GET);
    pass(Duration.ofSeconds(10));
    assertThat(received()).startsWith("HTTP/1.1 503");
    verdict.complete(Verdict.reject(Rejection.builder(403, "late", "Forbidden").build()));
    send(OTHER);
    assertThat(received()).startsWith("HTTP/1.1 200").doesNotContain("403");
  }

  @Test
  void verdictInTime_endsTheWait() {
    send(POST);
    pass(Duration.ofSeconds(9));
    verdict.complete(Verdict.allow());
    pass(Duration.ofSeconds(60));
    assertThat(received()).startsWith("HTTP/1.1 200").contains("/body 5").doesNotContain("503");
    assertThat(handler.pendingTimeouts()).isZero();
  }

  @Test
  void readingTurnedOffByTheApplication_staysOff_afterTheWait() {
    channel
        .pipeline()
        .addAfter(
            channel.pipeline().context(handler).name(),
            "stop",
            new ChannelInboundHandlerAdapter() {
              @Override
              public void channelRead(ChannelHandlerContext ctx, Object message) {
                if (message instanceof LastHttpContent) {
                  ctx.channel().config().setAutoRead(false);
                }
                ctx.fireChannelRead(message);
              }
            });
    send(POST);
    assertThat(channel.config().isAutoRead()).isFalse();
    verdict.complete(Verdict.allow());
    pass(Duration.ofSeconds(1));
    assertThat(received()).startsWith("HTTP/1.1 200");
    assertThat(channel.config().isAutoRead()).isFalse();
  }

  @Test
  void readingResumes_afterTheWait() {
    send(POST);
    assertThat(channel.config().isAutoRead()).isFalse();
    verdict.complete(Verdict.allow());
    pass(Duration.ofSeconds(1));
    assertThat(channel.config().isAutoRead()).isTrue();
  }

  @Test
  void boundOutOfRange_isRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GatewayHandler.builder().maxPending(Duration.ZERO))
        .withMessage("maxPending: PT0S (expected: PT0.001S..PT1H)");
  }

  @Test
  void messageVerdictThatNeverCompletes_closesTheWebSocketWith1011() {
    var socket =
        new EmbeddedChannel(
            new HttpServerCodec(),
            GatewayHandler.of(GuardChain.empty()),
            WebSocketMessageGuard.of((upgrade, payload) -> Verdict.pending(verdict)));
    socket.freezeTime();
    socket.writeInbound(Unpooled.copiedBuffer(OTHER, StandardCharsets.US_ASCII));
    socket.pipeline().context(GatewayHandler.class).fireChannelRead(new TextWebSocketFrame("a"));
    socket.advanceTimeBy(31, TimeUnit.SECONDS);
    socket.runPendingTasks();
    CloseWebSocketFrame close = socket.readOutbound();
    assertThat(close.statusCode()).isEqualTo(1011);
    close.release();
    socket.finishAndReleaseAll();
  }

  private void pass(Duration time) {
    channel.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
    channel.runPendingTasks();
  }

  private void send(String bytes) {
    TextChannel.send(channel, bytes);
  }

  private String received() {
    return TextChannel.received(channel);
  }

  private final class Pending extends BodyGuard {
    @Override
    public Verdict onHead(GatewayRequest request) {
      return request.path().equals("/head") ? Verdict.pending(verdict) : Verdict.allow();
    }

    @Override
    public BodyInspector inspectBody(GatewayRequest request) {
      return BodyInspector.buffering(100, body -> Verdict.pending(verdict));
    }
  }
}
