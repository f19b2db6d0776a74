// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.BodyBudget;
import io.gatewaykit.api.request.GatewayRequest;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Request bodies that guards hold, stream and abort, and their use of memory. */
@ExtendWith(LeakGate.class)
class BodyStreamTest {
  private static final int HELD = 8;
  private static final String CHUNKED =
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

  private final Inspecting guard = new Inspecting();
  private final Application application = new Application();
  private final BodyBudget budget = BodyBudget.of(1 << 20);
  private final EmbeddedChannel channel =
      new EmbeddedChannel(
          new HttpServerCodec(),
          GatewayHandler.builder()
              .guards(GuardSelector.always(GuardChain.of(guard)))
              .bodyBudget(budget)
              .build(),
          application);

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void shortBody_isInspectedAsOneValue() {
    send(CHUNKED + chunk("hello") + "0\r\n\r\n");
    assertThat(guard.calls).containsExactly("hello", "held true");
    assertThat(application.body()).isEqualTo("hello.");
  }

  @Test
  void longBody_isStreamed_eachChunkAfterItsInspection() {
    send(CHUNKED + chunk("0123456789"));
    assertThat(guard.calls).containsExactly("0123456789", "held false");
    assertThat(application.body()).isEqualTo("0123456789");
    send(chunk("more"));
    assertThat(guard.calls).endsWith("more");
    send("0\r\n\r\n");
    assertThat(guard.calls).endsWith("end");
    assertThat(application.body()).isEqualTo("0123456789more.");
  }

  /** An application that forwards a body flushes it at the end of a read. */
  @Test
  void chunksPassedOutsideARead_areFollowedByItsEnd() {
    var events = new ArrayList<String>();
    channel
        .pipeline()
        .addBefore(
            channel.pipeline().context(application).name(),
            "events",
            new ChannelInboundHandlerAdapter() {
              @Override
              public void channelRead(ChannelHandlerContext ctx, Object message) {
                events.add("read");
                ctx.fireChannelRead(message);
              }

              @Override
              public void channelReadComplete(ChannelHandlerContext ctx) {
                events.add("end of read");
                ctx.fireChannelReadComplete();
              }
            });
    String large = "0123456789".repeat(10_000);
    send(CHUNKED + chunk(large));
    assertThat(application.body()).isEqualTo(large);
    assertThat(events).startsWith("read").endsWith("end of read");
  }

  @Test
  void streamedChunk_rejected_isNotPassedAndTheClientGetsAResponse() {
    send(CHUNKED + chunk("0123456789") + chunk("fine") + chunk("evil") + chunk("later"));
    assertThat(application.body()).isEqualTo("0123456789fine");
    assertThat(application.aborted).isTrue();
    assertThat(received()).startsWith("HTTP/1.1 403").contains("connection: close");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void streamedEnd_rejected_isNotPassed() {
    guard.rejectsEnd = true;
    send(CHUNKED + chunk("0123456789") + "0\r\n\r\n");
    assertThat(application.body()).isEqualTo("0123456789");
    assertThat(received()).startsWith("HTTP/1.1 403");
  }

  @Test
  void streamedChunk_rejectedAfterTheResponseStarted_closesTheConnection() {
    send(CHUNKED + chunk("0123456789"));
    var head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    head.headers().set("transfer-encoding", "chunked");
    channel.writeOutbound(head);
    send(chunk("evil"));
    assertThat(application.body()).isEqualTo("0123456789");
    assertThat(received()).startsWith("HTTP/1.1 200").endsWith("\r\n\r\n");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void restAfterTheResponse_isDiscarded() {
    send(CHUNKED + chunk("0123456789"));
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.EMPTY_BUFFER);
    response.headers().set("content-length", 0);
    channel.writeOutbound(response);
    send(chunk("late") + "0\r\n\r\n");
    assertThat(application.body()).isEqualTo("0123456789");
    send(CHUNKED + chunk("next") + "0\r\n\r\n");
    assertThat(application.body()).isEqualTo("0123456789next.");
    assertThat(received()).startsWith("HTTP/1.1 200");
  }

  @Test
  void restThatNoGuardInspects_passesUninspected() {
    guard.inspectsRest = false;
    send(CHUNKED + chunk("0123456789") + chunk("evil") + "0\r\n\r\n");
    assertThat(application.body()).isEqualTo("0123456789evil.");
  }

  @Test
  void largeChunk_isInspectedInSlices_betweenTasksOfOtherConnections() {
    guard.holds = 1 << 20;
    var order = new ArrayList<String>();
    guard.onSlice = () -> order.add("slice");
    channel.writeInbound(Unpooled.copiedBuffer(CHUNKED, StandardCharsets.ISO_8859_1));
    channel.eventLoop().execute(() -> order.add("other"));
    channel
        .pipeline()
        .fireChannelRead(
            Unpooled.copiedBuffer(chunk("a".repeat(60_000)), StandardCharsets.US_ASCII));
    assertThat(order).containsExactly("slice");
    channel.runPendingTasks();
    assertThat(order.subList(0, 3)).containsExactly("slice", "other", "slice");
    send("0\r\n\r\n");
    assertThat(guard.longest).isEqualTo(16 << 10);
    assertThat(application.body()).hasSize(60_001);
  }

  @Test
  void tinyChunks_takeAboutAByteEach() {
    guard.holds = 512 << 10;
    send(CHUNKED);
    for (int i = 0; i < 100; i++) {
      send(chunk("x").repeat(1_000));
    }
    assertThat(budget.usedBytes()).isBetween(100_000L, 200_000L);
    send("0\r\n\r\n");
    assertThat(application.body()).hasSize(100_001);
    assertThat(guard.calls.size()).isLessThan(20);
  }

  @Test
  void bodyBeyondTheBudget_is503() {
    guard.holds = 2 << 20;
    send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\n");
    for (int i = 0; i < 40 && channel.isOpen(); i++) {
      send("a".repeat(50_000));
    }
    assertThat(received()).startsWith("HTTP/1.1 503");
    assertThat(application.body()).isEmpty();
    assertThat(budget.rejections()).isPositive();
  }

  private static String chunk(String text) {
    return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
  }

  private void send(String bytes) {
    TextChannel.send(channel, bytes);
  }

  private String received() {
    return TextChannel.received(channel);
  }

  /** Records the bytes that the application receives. */
  private static final class Application extends ChannelInboundHandlerAdapter {
    final StringBuilder body = new StringBuilder();
    boolean aborted;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      if (message instanceof HttpContent content) {
        body.append(content.content().toString(StandardCharsets.ISO_8859_1));
      }
      if (message instanceof LastHttpContent) {
        body.append('.');
      }
      ReferenceCountUtil.release(message);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      aborted |= event.equals(GatewayHandler.REQUEST_ABORTED);
    }

    String body() {
      return body.toString();
    }
  }

  /** Rejects a streamed chunk that contains "evil". */
  private static final class Inspecting extends BodyGuard {
    private static final Rejection NO = Rejection.builder(403, "no", "Forbidden").build();

    final List<String> calls = new ArrayList<>();
    int holds = HELD;
    int longest;
    boolean inspectsRest = true;
    boolean rejectsEnd;
    Runnable onSlice = () -> {};

    @Override
    public BodyInspector inspectBody(GatewayRequest request) {
      return new BodyInspector() {
        @Override
        public int holdBytes() {
          return holds;
        }

        @Override
        public @Nullable Rejection onBytes(ByteBuffer bytes) {
          longest = Math.max(longest, bytes.remaining());
          String text = StandardCharsets.ISO_8859_1.decode(bytes.duplicate()).toString();
          calls.add(text);
          onSlice.run();
          return text.contains("evil") ? NO : null;
        }

        @Override
        public Verdict onHeld(boolean complete) {
          calls.add("held " + complete);
          return Verdict.allow();
        }

        @Override
        public @Nullable Rejection onEnd() {
          calls.add("end");
          return rejectsEnd ? NO : null;
        }

        @Override
        public boolean inspectsRest() {
          return inspectsRest;
        }

        @Override
        public void close() {
          calls.add("close");
        }
      };
    }
  }
}
