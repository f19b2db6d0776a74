// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("FutureReturnValueIgnored") // an embedded channel completes writes immediately
class TunnelTest {
  private static final Duration MAX_IDLE = Duration.ofMinutes(10);

  private final ManualTicker ticker = new ManualTicker();
  private final EmbeddedChannel peer = new EmbeddedChannel();
  private final Tunnel tunnel =
      new Tunnel(peer, peer, new Tunnel.Activity(ticker, MAX_IDLE.toNanos()));
  private final EmbeddedChannel channel = new EmbeddedChannel(tunnel);

  @BeforeEach
  void freeze() {
    channel.freezeTime();
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
    peer.finishAndReleaseAll();
  }

  private void start() {
    tunnel.start(channel.pipeline().context(tunnel));
  }

  private void pass(Duration time) {
    ticker.advance(time);
    channel.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
    channel.runPendingTasks();
  }

  private void send(String bytes) {
    channel.writeInbound(Unpooled.copiedBuffer(bytes, StandardCharsets.US_ASCII));
  }

  private String received() {
    var text = new StringBuilder();
    for (ByteBuf part = peer.readOutbound(); part != null; part = peer.readOutbound()) {
      text.append(part.toString(StandardCharsets.US_ASCII));
      part.release();
    }
    return text.toString();
  }

  @Test
  void bytesBeforeTheStart_areKeptInOrder() {
    send("first ");
    assertThat(received()).isEmpty();
    start();
    send("second");
    assertThat(received()).isEqualTo("first second");
  }

  @Test
  void silence_closes() {
    start();
    pass(MAX_IDLE.minusSeconds(1));
    assertThat(channel.isOpen()).isTrue();
    pass(Duration.ofSeconds(1));
    assertThat(channel.isOpen()).isFalse();
    peer.runPendingTasks();
    assertThat(peer.isOpen()).isFalse();
  }

  @Test
  void traffic_keepsItOpen() {
    start();
    for (int i = 0; i < 5; i++) {
      pass(MAX_IDLE.minusSeconds(1));
      send("ping");
    }
    assertThat(channel.isOpen()).isTrue();
    assertThat(received()).isEqualTo("ping".repeat(5));
  }

  @Test
  void removedBeforeTheStart_releasesWhatItKept() {
    ByteBuf bytes = Unpooled.copiedBuffer("kept", StandardCharsets.US_ASCII);
    channel.writeInbound(bytes);
    channel.close();
    assertThat(bytes.refCnt()).isZero();
  }
}
