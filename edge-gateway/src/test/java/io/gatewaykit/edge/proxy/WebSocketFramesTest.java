// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.guard.MessageCheck;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.BodyBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The memory of held messages, and delayed close frames. */
class WebSocketFramesTest {
  private static final int MESSAGE = 60_000;

  private final BodyBudget budget = BodyBudget.of(1 << 20);
  private final ManualTicker ticker = new ManualTicker();
  private final Tunnel.Activity activity =
      new Tunnel.Activity(ticker, Duration.ofMinutes(10).toNanos());
  private final WebSocketFrames frames =
      new WebSocketFrames(
          new MessagePolicy(List.of(), check(), 1 << 20, Duration.ofMinutes(1)), budget, activity);
  private final EmbeddedChannel channel = new EmbeddedChannel(frames);

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
    assertThat(budget.usedBytes()).isZero();
  }

  private static List<MessageCheck> check() {
    return List.of((upgrade, payload) -> Verdict.allow());
  }

  private static ByteBuf start(int bytes) {
    ByteBuf frame = Unpooled.buffer().writeByte(0x81).writeByte(0xfe).writeShort(MESSAGE);
    return frame.writeInt(0).writeBytes("a".repeat(bytes).getBytes(US_ASCII));
  }

  @Test
  void incompleteText_isReservedAndReleased() {
    channel.writeInbound(start(20_000));
    assertThat(budget.usedBytes()).isBetween(40_000L, 70_000L);
  }

  @Test
  void completeText_staysReservedUntilItHasPassedTheGuard() {
    channel.writeInbound(start(MESSAGE));
    assertThat(budget.usedBytes()).isGreaterThan(2 * MESSAGE);
    TextWebSocketFrame judged = channel.readInbound();
    var behind = new EmbeddedChannel(frames.afterGuard());
    behind.writeInbound(judged);
    assertThat(budget.usedBytes()).isZero();
    behind.finishAndReleaseAll();
  }

  @Test
  void textBeyondTheBudget_closesWith1013() {
    assertThat(budget.tryReserve(1_000_000)).isTrue();
    channel.writeInbound(start(50_000));
    ByteBuf close = channel.readOutbound();
    assertThat(close.getUnsignedShort(2)).isEqualTo(1013);
    close.release();
    assertThat(channel.isOpen()).isFalse();
    budget.release(1_000_000);
  }

  /** A frame with a zero mask and the length in eight bytes where it needs them. */
  private static ByteBuf frame(int start, long length, byte... payload) {
    ByteBuf frame = Unpooled.buffer().writeByte(start);
    if (length < 126) {
      frame.writeByte(0x80 | (int) length);
    } else {
      frame.writeByte(0xff).writeLong(length);
    }
    return frame.writeInt(0).writeBytes(payload);
  }

  private void assertClosedWith(int status) {
    ByteBuf close = channel.readOutbound();
    assertThat(close).isNotNull();
    assertThat(close.getUnsignedShort(2)).isEqualTo(status);
    close.release();
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void lengthThatOverflowsTheSum_closesWith1009() {
    channel.writeInbound(frame(0x02, 1, (byte) 'a'), frame(0x00, Long.MAX_VALUE));
    assertClosedWith(1009);
  }

  @Test
  void unboundedMessage_mayExceed2GiB() {
    var rules = new FrameRules(true, MessagePolicy.UNBOUNDED);
    var header = new FrameHeader();
    for (int start : new int[] {0x02, 0x00, 0x00}) {
      ByteBuf frame = frame(start, Integer.MAX_VALUE);
      assertThat(header.read(frame)).isTrue();
      assertThat(rules.violation(header)).isNull();
      header.clear();
      frame.release();
    }
  }

  @Test
  void endlessEmptyFragments_closeWith1009() {
    var small = new MessagePolicy(List.of(), check(), 8_000, Duration.ofMinutes(1));
    var bounded = new EmbeddedChannel(new WebSocketFrames(small, budget, activity));
    bounded.writeInbound(frame(0x01, 0));
    int sent = 1;
    while (bounded.isOpen() && sent < 100_000) {
      bounded.writeInbound(frame(0x00, 0));
      sent++;
    }
    assertThat(sent).isEqualTo(8_000 / 6 + 1);
    ByteBuf close = bounded.readOutbound();
    assertThat(close.getUnsignedShort(2)).isEqualTo(1009);
    close.release();
    bounded.finishAndReleaseAll();
  }

  @Test
  void heldTextThatStalls_closesWith1008_thoughPingsArrive() {
    channel.freezeTime();
    channel.writeInbound(start(8_000));
    for (int i = 0; i < 3; i++) {
      channel.writeInbound(frame(0x89, 0));
      channel.advanceTimeBy(15, TimeUnit.SECONDS);
      channel.runPendingTasks();
      assertThat(channel.isOpen()).isTrue();
    }
    channel.advanceTimeBy(15, TimeUnit.SECONDS);
    channel.runPendingTasks();
    assertClosedWith(1008);
  }

  @Test
  void heldTextAtTheMinimumRate_mayTakeAnyTime() {
    channel.freezeTime();
    channel.writeInbound(start(0));
    byte[] part = "a".repeat(RequestProgress.MIN_BYTES_PER_SECOND).getBytes(US_ASCII);
    for (int second = 0; second < 200; second++) {
      channel.writeInbound(Unpooled.wrappedBuffer(part));
      channel.advanceTimeBy(1, TimeUnit.SECONDS);
      channel.runPendingTasks();
      assertThat(channel.isOpen()).isTrue();
    }
  }

  @Test
  void bytesOfAHeldText_areActivity() {
    channel.writeInbound(start(100));
    ticker.advance(Duration.ofMinutes(9));
    channel.writeInbound(Unpooled.copiedBuffer("a", US_ASCII));
    assertThat(activity.nanosLeft()).isEqualTo(Duration.ofMinutes(10).toNanos());
  }

  @Test
  void whileReadingIsSuspended_bytesWaitUndecodedAndReserved() {
    channel.config().setAutoRead(false);
    ByteBuf many = Unpooled.buffer();
    for (int i = 0; i < 5000; i++) {
      many.writeBytes(frame(0x81, 0));
    }
    channel.writeInbound(many);
    assertThat(channel.inboundMessages()).isEmpty();
    assertThat(budget.usedBytes()).isEqualTo(30_000);
    channel.config().setAutoRead(true);
    assertThat(channel.inboundMessages()).hasSize(10_000);
  }

  @Test
  void bytesBeforeTheEndOfTheConnection_areDecodedThoughReadingIsSuspended() {
    channel.config().setAutoRead(false);
    channel.writeInbound(frame(0x81, 0));
    channel.close().syncUninterruptibly();
    assertThat(channel.inboundMessages()).hasSize(2);
  }

  @Test
  void smallText_isChargedLittle() {
    channel.writeInbound(frame(0x81, 2, (byte) 'h', (byte) 'i'));
    assertThat(budget.usedBytes()).isLessThan(64);
  }

  @Test
  void closeFrame_doesNotWaitForeverForTheEndOfTheServersFrame() {
    channel.freezeTime();
    channel.writeOutbound(Unpooled.wrappedBuffer(new byte[] {(byte) 0x82, 10, 1}));
    channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {(byte) 0x83, (byte) 0x80, 0, 0, 0, 0}));
    assertThat(channel.isOpen()).isTrue();
    channel.advanceTimeBy(2, TimeUnit.SECONDS);
    channel.runPendingTasks();
    assertThat(channel.isOpen()).isFalse();
    assertThat(channel.outboundMessages()).hasSize(1);
  }
}
