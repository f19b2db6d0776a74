// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.MessageCheck;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.BodyView;
import io.gatewaykit.api.request.GatewayRequest;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** WebSocket messages that are inspected in slices. */
@ExtendWith(LeakGate.class)
class LargeMessageTest {
  private static final int SLICE = 16 << 10;
  private static final String LARGE = "a".repeat(1 << 20);

  private final List<String> events = new ArrayList<>();
  private final Inspection check = new Inspection();
  private final EmbeddedChannel channel =
      new EmbeddedChannel(
          new HttpServerCodec(),
          GatewayHandler.of(GuardChain.empty()),
          WebSocketMessageGuard.of(check),
          new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
              if (message instanceof TextWebSocketFrame frame) {
                events.add("received " + frame.content().readableBytes());
              }
              ReferenceCountUtil.release(message);
            }
          });

  @BeforeEach
  void open() {
    TextChannel.send(channel, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
    assertThat(check.closed).isEqualTo(check.opened);
  }

  @Test
  void largeMessage_isInspectedInSlices_betweenTasksOfOtherConnections() {
    receive(LARGE);
    for (int i = 0; i < 3; i++) {
      channel.eventLoop().execute(() -> events.add("other"));
    }
    assertThat(events).containsExactly("slice " + SLICE);
    channel.runPendingTasks();
    assertThat(events.subList(0, 5))
        .containsExactly("slice " + SLICE, "slice " + SLICE, "other", "other", "other");
    assertThat(events).filteredOn(event -> event.equals("slice " + SLICE)).hasSize(64);
    assertThat(events).endsWith("verdict", "received " + LARGE.length());
  }

  @Test
  void laterMessages_waitForTheLargeOne() {
    receive(LARGE);
    receive("b");
    receive("cc");
    assertThat(channel.config().isAutoRead()).isFalse();
    channel.runPendingTasks();
    assertThat(events)
        .containsSubsequence("verdict", "received " + LARGE.length(), "received 1", "received 2");
    assertThat(channel.config().isAutoRead()).isTrue();
  }

  @Test
  void rejectedSlice_closesTheWebSocket_withoutTheRest() {
    receive("a".repeat(2 * SLICE) + "evil" + LARGE);
    channel.runPendingTasks();
    assertThat(events).hasSize(3).allMatch(event -> event.startsWith("slice"));
    assertClosedWith(1008);
  }

  @Test
  void failingInspection_closesTheWebSocketWith1011() {
    receive("bug" + LARGE);
    channel.runPendingTasks();
    assertClosedWith(1011);
  }

  @Test
  void pendingVerdictOnTheMessage_isAwaited() {
    var last = new CompletableFuture<Verdict>();
    check.last = last;
    receive(LARGE);
    channel.runPendingTasks();
    assertThat(events).endsWith("verdict");
    last.complete(Verdict.allow());
    channel.runPendingTasks();
    assertThat(events).endsWith("received " + LARGE.length());
  }

  @Test
  void disconnectedClient_endsTheInspection() {
    receive(LARGE);
    channel.pipeline().fireChannelInactive();
    channel.runPendingTasks();
    assertThat(events).containsExactly("slice " + SLICE);
  }

  @Test
  void messageOfOneSlice_isCheckedAsOneValue() {
    receive("a".repeat(SLICE));
    assertThat(events).containsExactly("whole " + SLICE, "received " + SLICE);
  }

  private void receive(String text) {
    channel.pipeline().context(GatewayHandler.class).fireChannelRead(new TextWebSocketFrame(text));
  }

  private void assertClosedWith(int status) {
    CloseWebSocketFrame close = channel.readOutbound();
    assertThat(close.statusCode()).isEqualTo(status);
    close.release();
  }

  /** Records the calls. A slice that contains "evil" is rejected, and "bug" is an exception. */
  private final class Inspection implements MessageCheck {
    int opened;
    int closed;
    @Nullable CompletableFuture<Verdict> last;

    @Override
    public Verdict check(GatewayRequest upgrade, BodyView payload) {
      if (payload.length() >= SLICE) {
        events.add("whole " + payload.length());
      }
      return Verdict.allow();
    }

    @Override
    public BodyInspector inspectLarge(GatewayRequest upgrade) {
      opened++;
      return new BodyInspector() {
        @Override
        public int holdBytes() {
          return Integer.MAX_VALUE;
        }

        @Override
        public @Nullable Rejection onBytes(ByteBuffer bytes) {
          events.add("slice " + bytes.remaining());
          String text = StandardCharsets.UTF_8.decode(bytes).toString();
          if (text.startsWith("bug")) {
            throw new IllegalStateException("bug");
          }
          return text.contains("evil") ? Rejection.builder(403, "no", "Forbidden").build() : null;
        }

        @Override
        public Verdict onHeld(boolean complete) {
          events.add("verdict");
          return last == null ? Verdict.allow() : Verdict.pending(last);
        }

        @Override
        public void close() {
          closed++;
        }
      };
    }
  }
}
