// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.gatewaykit.api.Ticker;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundInvoker;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a tunnel: forwards bytes to the peer channel at the rate at which it accepts
 * them, and closes with it. An idle tunnel is closed after a timeout.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the channel
final class Tunnel extends ChannelInboundHandlerAdapter {
  private final Channel peer;
  private final ChannelOutboundInvoker out;
  private final Activity activity;

  /** Bytes received before both pipelines were ready; null from then on. */
  private @Nullable Queue<Object> early = new ArrayDeque<>(2);

  private @Nullable Future<?> timer;

  /** The time of the last traffic in either direction. Confined to one event loop. */
  static final class Activity {
    private final Ticker ticker;
    private final long maxIdleNanos;
    private long last;

    Activity(Ticker ticker, long maxIdleNanos) {
      this.ticker = ticker;
      this.maxIdleNanos = maxIdleNanos;
      last = ticker.read();
    }

    /** Records that bytes were received or passed. */
    void note() {
      last = ticker.read();
    }

    long nanosLeft() {
      return maxIdleNanos - (ticker.read() - last);
    }
  }

  /**
   * Creates a direction.
   *
   * @param out writes to the peer
   */
  Tunnel(Channel peer, ChannelOutboundInvoker out, Activity activity) {
    this.peer = peer;
    this.out = out;
    this.activity = activity;
  }

  /** Forwards the bytes received so far. Called after both pipelines have removed their codecs. */
  void start(ChannelHandlerContext ctx) {
    Queue<Object> waiting = early;
    early = null;
    if (waiting != null && !waiting.isEmpty()) {
      waiting.forEach(bytes -> channelRead(ctx, bytes));
      out.flush();
    }
    closeWhenIdle(ctx);
  }

  private void closeWhenIdle(ChannelHandlerContext ctx) {
    long left = activity.nanosLeft();
    if (left <= 0) {
      ctx.close();
    } else {
      timer = ctx.executor().schedule(() -> closeWhenIdle(ctx), left, TimeUnit.NANOSECONDS);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object bytes) {
    if (early != null) {
      early.add(bytes);
      return;
    }
    activity.note();
    out.write(bytes, peer.voidPromise());
    if (!peer.isWritable()) {
      ctx.channel().config().setAutoRead(false);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    out.flush();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    activity.note(); // a slow reader that still reads is not idle
    peer.config().setAutoRead(ctx.channel().isWritable());
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (peer.isActive()) {
      peer.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (timer != null) {
      timer.cancel(false);
    }
    if (early != null) {
      early.forEach(ReferenceCountUtil::release);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    OutOfMemory.exitIf(cause);
    ctx.close();
  }
}
