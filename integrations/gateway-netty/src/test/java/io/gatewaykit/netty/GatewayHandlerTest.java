// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.RejectionRenderer.Response;
import io.gatewaykit.api.guard.ResponseHead;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.AttributeKey;
import io.gatewaykit.api.request.BodyView;
import io.gatewaykit.api.request.GatewayRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipelineException;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakGate.class)
class GatewayHandlerTest {
  private static final Rejection NO = Rejection.builder(403, "no", "Forbidden").build();

  private static final AttributeKey<String> SEEN = AttributeKey.of("seen");

  private final List<String> events = new ArrayList<>();
  private final CompletableFuture<Verdict> later = new CompletableFuture<>();
  private final App app = new App();
  private final EmbeddedChannel channel =
      new EmbeddedChannel(
          new HttpServerCodec(), GatewayHandler.of(GuardChain.of(new PathGuard())), app);

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  @Test
  void allowed_reachesTheApplicationUnchanged() {
    send("POST /ok HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
    assertThat(app.seen).containsExactly("POST /ok", "hello", "end");
    assertThat(received()).startsWith("HTTP/1.1 200 OK").contains("x-guard: seen");
    assertThat(events).containsExactly("SERVED 200");
  }

  @Test
  void rejected_bodyIsDiscardedAndTheNextRequestPasses() {
    send(
        "POST /no HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET /ok HTTP/1.1\r\nHost: h\r\n\r\n");
    assertThat(app.seen).containsExactly("GET /ok", "end");
    assertThat(received())
        .containsSubsequence("403 Forbidden", "application/problem+json", "200 OK");
    assertThat(events).containsExactly("REJECTED 403", "SERVED 200");
    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void rejected_head_hasLengthButNoBody() {
    send("HEAD /no HTTP/1.1\r\nHost: h\r\n\r\n");
    assertThat(received()).contains("content-length: ").endsWith("\r\n\r\n");
  }

  @Test
  void rejected_expecting100_closes() {
    send("POST /no HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    assertThat(received()).startsWith("HTTP/1.1 403").contains("connection: close");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void delayed_passesAfterTheDelay_inOrder() {
    channel.freezeTime();
    send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\nGET /ok HTTP/1.1\r\nHost: h\r\n\r\n");
    channel.advanceTimeBy(199, TimeUnit.MILLISECONDS);
    channel.runPendingTasks();
    assertThat(app.seen).isEmpty();
    channel.advanceTimeBy(1, TimeUnit.MILLISECONDS);
    channel.runPendingTasks();
    assertThat(app.seen).containsExactly("GET /slow", "end", "GET /ok", "end");
  }

  @Test
  void delayed_clientDisconnects_timerAndMessagesAreReleased() {
    channel.freezeTime();
    send("POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
    channel.close().syncUninterruptibly();
    channel.advanceTimeBy(1, TimeUnit.SECONDS);
    channel.runPendingTasks();
    assertThat(app.seen).isEmpty();
    assertThat(events).containsExactly("CANCELLED 0");
  }

  @Test
  void pending_resumesOnTheEventLoop() {
    send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
    assertThat(app.seen).isEmpty();
    later.complete(Verdict.reject(NO));
    channel.runPendingTasks();
    assertThat(received()).startsWith("HTTP/1.1 403");
  }

  @Test
  void pipelined_waitsForTheEarlierResponse() {
    app.holdBack = true;
    send("GET /ok HTTP/1.1\r\nHost: h\r\n\r\nGET /no HTTP/1.1\r\nHost: h\r\n\r\n");
    assertThat(received()).isEmpty();
    app.answer();
    assertThat(received()).containsSubsequence("200 OK", "403 Forbidden");
  }

  @Test
  void pipelined_manyImmediateResponses_doNotGrowTheStack() {
    app.holdBack = true;
    send("GET /ok HTTP/1.1\r\nHost: h\r\n\r\n".repeat(100)); // the codec takes 128 at most
    app.holdBack = false;
    app.answer();
    assertThat(app.seen).hasSize(200);
    assertThat(events).hasSize(100);
    assertThat(app.deepest).isLessThan(200);
  }

  @Test
  void body_isInspectedAndReplayed() {
    send(
        "POST /body HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
    assertThat(received()).startsWith("HTTP/1.1 100 Continue");
    send("5\r\nhello\r\n");
    send("6\r\n world\r\n0\r\n\r\n");
    assertThat(events).contains("body hello wo false");
    assertThat(String.join("", app.seen)).isEqualTo("POST /bodyhello worldend");
  }

  @Test
  void body_rejected_neverReachesTheApplication() {
    send("POST /body HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nevil");
    assertThat(app.seen).isEmpty();
    assertThat(received()).startsWith("HTTP/1.1 403");
    send("GET /ok HTTP/1.1\r\nHost: h\r\n\r\n");
    assertThat(app.seen).containsExactly("GET /ok", "end");
  }

  @Test
  void malformedHead_is400AndClosed() {
    send("GET /ok HTTP/1.1\r\nHo st: h\r\n\r\n");
    assertThat(received()).startsWith("HTTP/1.1 400").contains("connection: close");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void oversizedHead_is431AndClosed() {
    send("GET /ok HTTP/1.1\r\nX: " + "a".repeat(9000) + "\r\n\r\n");
    assertThat(received()).startsWith("HTTP/1.1 431");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void malformedChunk_midBody_is400AndClosed_andTheApplicationReceivesNoEnd() {
    send("POST /ok HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    send("zz\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
    assertThat(app.seen).containsExactly("POST /ok", "hello");
    assertThat(received()).startsWith("HTTP/1.1 400").contains("connection: close");
    assertThat(channel.isOpen()).isFalse();
    assertThat(events).containsExactly("REJECTED 400");
  }

  @Test
  void malformedChunk_whileCollecting_is400AndClosed() {
    send("POST /body HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\nzz\r\n");
    assertThat(app.seen).isEmpty();
    assertThat(received()).startsWith("HTTP/1.1 400").contains("connection: close");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void malformedChunk_afterTheResponseStarted_closesWithoutAnEnd() {
    app.holdBack = true;
    send("POST /ok HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    var head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    head.headers().set("transfer-encoding", "chunked");
    channel.writeOutbound(head);
    send("zz\r\n");
    assertThat(received()).startsWith("HTTP/1.1 200").endsWith("\r\n\r\n");
    assertThat(channel.isOpen()).isFalse();
    assertThat(events).containsExactly("REJECTED 200");
  }

  @Test
  void request_isAvailableFromTheHeadToTheEndOfTheResponse() {
    app.holdBack = true;
    assertThat(GatewayHandler.request(channel)).isEmpty();
    send("GET /ok HTTP/1.1\r\nHost: h\r\n\r\n");
    var request = GatewayHandler.request(channel).orElseThrow();
    assertThat(request.client().address().isLoopbackAddress()).isTrue();
    assertThat(request.attributes().get(SEEN)).isEqualTo("/ok");
    app.answer();
    assertThat(GatewayHandler.request(channel)).isEmpty();
  }

  @Test
  void secondHandler_isRejected() {
    channel.pipeline().addLast(GatewayHandler.of(GuardChain.empty()));
    assertThatThrownBy(channel::checkException)
        .isInstanceOf(ChannelPipelineException.class)
        .hasRootCauseInstanceOf(IllegalStateException.class);
    send("GET /ok HTTP/1.1\r\nHost: h\r\n\r\n");
    assertThat(app.seen).containsExactly("GET /ok", "end");
  }

  @Test
  void upgraded_handlerRemoved_heldBytesPass() {
    app.holdBack = true;
    send("GET /later HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
    later.complete(Verdict.allow());
    channel.runPendingTasks();
    var switching =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS);
    channel.writeOutbound(switching);
    assertThat(events).containsExactly("SERVED 101");
    assertThat(received()).startsWith("HTTP/1.1 101");
    channel.pipeline().remove(GatewayHandler.class);
    channel.pipeline().remove(HttpServerCodec.class);
    channel.writeInbound(Unpooled.copiedBuffer("raw", StandardCharsets.ISO_8859_1));
    ByteBuf raw = channel.readInbound();
    assertThat(raw.toString(StandardCharsets.ISO_8859_1)).isEqualTo("raw");
    raw.release();
  }

  @Test
  void selectorThrows_isRejected() {
    var broken =
        GatewayHandler.builder()
            .guards(request -> {
              throw new IllegalStateException("no routes");
            })
            .build();
    var other = new EmbeddedChannel(new HttpServerCodec(), broken, new App());
    other.writeInbound(
        Unpooled.copiedBuffer("GET / HTTP/1.1\r\nHost: h\r\n\r\n", StandardCharsets.ISO_8859_1));
    ByteBuf answer = other.readOutbound();
    assertThat(answer.toString(StandardCharsets.ISO_8859_1)).startsWith("HTTP/1.1 503");
    other.finishAndReleaseAll();
    answer.release();
  }

  @ParameterizedTest
  @ValueSource(ints = {204, 304})
  void rejected_withAStatusThatHasNoBody_sendsNone(int status) {
    var handler =
        GatewayHandler.builder()
            .guards(GuardSelector.always(GuardChain.of(new PathGuard())))
            .rejections((request, rejection) -> new Response(status, List.of(), "body"))
            .build();
    var other = new EmbeddedChannel(new HttpServerCodec(), handler);
    other.writeInbound(
        Unpooled.copiedBuffer("GET /no HTTP/1.1\r\nHost: h\r\n\r\n", StandardCharsets.ISO_8859_1));
    ByteBuf answer = other.readOutbound();
    assertThat(answer.toString(StandardCharsets.ISO_8859_1))
        .isEqualToIgnoringNewLines("HTTP/1.1 " + HttpResponseStatus.valueOf(status) + "\r\n\r\n");
    answer.release();
    assertThat(other.isOpen()).isTrue();
    other.finishAndReleaseAll();
  }

  @Test
  void rendererThrows_defaultRejectionIsSent() {
    var handler =
        GatewayHandler.builder()
            .guards(GuardSelector.always(GuardChain.of(new PathGuard())))
            .rejections((request, rejection) -> new Response(99, List.of(), ""))
            .build();
    var other = new EmbeddedChannel(new HttpServerCodec(), handler);
    other.writeInbound(
        Unpooled.copiedBuffer("GET /no HTTP/1.1\r\nHost: h\r\n\r\n", StandardCharsets.ISO_8859_1));
    ByteBuf answer = other.readOutbound();
    assertThat(answer.toString(StandardCharsets.ISO_8859_1)).startsWith("HTTP/1.1 403");
    other.finishAndReleaseAll();
    answer.release();
  }

  private void send(String bytes) {
    TextChannel.send(channel, bytes);
  }

  private String received() {
    return TextChannel.received(channel);
  }

  /** Records the received messages, and responds to each request with 200. */
  private static final class App extends SimpleChannelInboundHandler<HttpObject> {
    final List<String> seen = new ArrayList<>();
    boolean holdBack;
    int deepest;
    private @Nullable ChannelHandlerContext last;

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
      last = ctx;
      deepest = Math.max(deepest, Thread.currentThread().getStackTrace().length);
      if (message instanceof HttpRequest request) {
        seen.add(request.method() + " " + request.uri());
      }
      if (message instanceof HttpContent content && content.content().isReadable()) {
        seen.add(content.content().toString(StandardCharsets.ISO_8859_1));
      }
      if (message instanceof LastHttpContent) {
        seen.add("end");
        if (!holdBack) {
          answer();
        }
      }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // an embedded channel fails in the test's face
    void answer() {
      var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
      response.headers().set("content-length", 0);
      requireNonNull(last).writeAndFlush(response);
    }
  }

  private final class PathGuard implements Guard {
    @Override
    public String name() {
      return "path";
    }

    @Override
    public Set<Stage> stages() {
      return EnumSet.allOf(Stage.class);
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      request.attributes().set(SEEN, request.path());
      return switch (request.path()) {
        case "/no" -> Verdict.reject(NO);
        case "/slow" -> Verdict.delay(Duration.ofMillis(200));
        case "/later" -> Verdict.pending(later);
        default -> Verdict.allow();
      };
    }

    @Override
    public @Nullable BodyInspector inspectBody(GatewayRequest request) {
      return request.path().equals("/body") ? BodyInspector.buffering(8, this::judge) : null;
    }

    private Verdict judge(BodyView body) {
      String text = StandardCharsets.ISO_8859_1.decode(body.bytes()).toString();
      events.add("body " + text + " " + body.complete());
      return text.contains("evil") ? Verdict.reject(NO) : Verdict.allow();
    }

    @Override
    public void onResponse(GatewayRequest request, ResponseHead response) {
      response.setHeader("x-guard", "seen");
    }

    @Override
    public void onComplete(GatewayRequest request, Completion completion) {
      events.add(completion.kind() + " " + completion.status());
    }
  }
}
