// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a server. It serves one attempt at a time, is idle in the pool, or drains the
 * rest of an unneeded response. Confined to its event loop.
 */
@SuppressWarnings({
  "FutureReturnValueIgnored", // a failed write closes the channel
  "ReferenceEquality" // attempts are compared by identity
})
final class UpstreamConnection extends ChannelInboundHandlerAdapter {
  private static final long NEVER = Long.MAX_VALUE;
  private static final long MAX_IDLE_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long MAX_DRAIN_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** The timeout of a response after a failed write of the request. */
  private static final long MAX_RESPONSE_AFTER_FAILURE_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** The maximum number of interim responses to a request. */
  private static final int MAX_INTERIM = 32;

  private final Ticker ticker = Ticker.system();
  private final StrictClientCodec codec;
  private @Nullable ChannelHandlerContext ctx;
  private @Nullable InetSocketAddress server;
  private @Nullable UpstreamPool pool;
  private @Nullable Listener attempt;
  private boolean reused;

  /** Whether the end of a request is still to be written. */
  private boolean sending;

  private boolean swallowing;
  private boolean persistent = true;
  private int interim;

  /** The 101 response, until its end is decoded. */
  private @Nullable HttpResponse upgrade;

  /** Whether a read is being decoded. */
  private boolean reading;

  /** Whether the connection returns to the pool at the end of this read. */
  private boolean releasing;

  /** The time at which the awaited event times out; a single timer follows it. */
  private long deadline = NEVER;

  private long timerAt = NEVER;
  private @Nullable Future<?> timer;

  /** The attempt that a connection serves. Called on the event loop. */
  interface Listener {
    /** Called when the connection that was requested from the pool is open. */
    void connected(UpstreamConnection connection);

    /** Called instead of {@link #connected} if the server was not reached. */
    void connectFailed(Throwable cause);

    /** Called with the head of a response, also of an interim one. */
    void responseHead(HttpResponse response);

    /** Called with a part of the body, which the listener releases. */
    void responseContent(HttpContent content);

    /** Called when all bytes of a read are decoded. */
    void responseReadComplete();

    /** Called when the connection accepts bytes again, or no more. */
    void writabilityChanged();

    /** Called when the server sends invalid HTTP. */
    void onInvalidResponse();

    /** Called when the awaited event is overdue. */
    void timedOut();

    /** Called when the connection is closed before the response is complete. */
    void onServerClosed();
  }

  UpstreamConnection(StrictClientCodec codec) {
    this.codec = codec;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    this.ctx = ctx;
  }

  void openedTo(InetSocketAddress server, UpstreamPool pool) {
    this.server = server;
    this.pool = pool;
  }

  InetSocketAddress server() {
    return requireNonNull(server);
  }

  Channel channel() {
    return requireNonNull(ctx).channel();
  }

  /** Returns whether it served an earlier attempt, so that the server may be closing it. */
  boolean isReused() {
    return reused;
  }

  void attach(Listener next) {
    attempt = next;
    interim = 0;
  }

  void write(Object message) {
    if (message instanceof HttpRequest) {
      sending = true;
    }
    if (message instanceof LastHttpContent) {
      sending = false;
    }
    requireNonNull(ctx).write(message, channel().voidPromise());
  }

  void flush() {
    requireNonNull(ctx).flush();
  }

  void setReading(boolean reading) {
    channel().config().setAutoRead(reading);
  }

  void close() {
    releasing = false;
    requireNonNull(ctx).close();
  }

  /** Ends the attempt and closes the connection. */
  void abandon() {
    attempt = null;
    close();
  }

  /**
   * Ends the attempt. A persistent connection whose request is complete returns to the pool, but
   * not before the current read is decoded: surplus bytes behind the response would become the
   * response to the next request.
   */
  void release() {
    attempt = null;
    if (!persistent || sending) {
      close();
    } else if (reading) {
      releasing = true;
    } else {
      returnToPool();
    }
  }

  private void returnToPool() {
    if (codec.hasUndecodedBytes() || !channel().isActive()) {
      close();
      return;
    }
    reused = true;
    setReading(true);
    requireNonNull(pool).keep(this);
  }

  /** Ends the attempt. The rest of its response is drained before the connection is reused. */
  void drainResponse() {
    attempt = null;
    swallowing = true;
    setReading(true);
    expectWithin(MAX_DRAIN_NANOS);
  }

  void rest() {
    expectWithin(MAX_IDLE_NANOS);
  }

  void expectNothing() {
    expectBy(NEVER);
  }

  void expectWithin(long nanos) {
    expectBy(ticker.read() + nanos);
  }

  /** Sets the deadline. Postponing it is free, as the timer re-arms itself when it fires. */
  private void expectBy(long nanos) {
    deadline = nanos;
    if (nanos != NEVER && (timer == null || nanos - timerAt < 0)) {
      if (timer != null) {
        timer.cancel(false);
      }
      schedule(nanos - ticker.read());
    }
  }

  private void schedule(long delay) {
    timerAt = ticker.read() + delay;
    timer =
        requireNonNull(ctx)
            .executor()
            .schedule(this::timerFired, Math.max(0, delay), TimeUnit.NANOSECONDS);
  }

  private void timerFired() {
    timer = null;
    if (deadline == NEVER || !channel().isOpen()) {
      return;
    }
    long left = deadline - ticker.read();
    if (left > 0) {
      schedule(left);
    } else if (attempt == null) {
      close();
    } else {
      attempt.timedOut();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    reading = true;
    Listener current = attempt;
    if (swallowing) {
      drain(message);
    } else if (current == null) {
      ReferenceCountUtil.release(message);
      close(); // a response without a request
    } else if (isUnusable(message)) {
      ReferenceCountUtil.release(message);
      current.onInvalidResponse();
    } else if (upgrade != null) {
      ReferenceCountUtil.release(message); // the empty end of the 101 response
      current.responseHead(upgrade);
    } else {
      if (message instanceof HttpResponse head) {
        responseHead(current, head);
      }
      // The handling of the head, such as another attempt, can have ended this attempt.
      if (message instanceof HttpContent content) {
        if (attempt == current) {
          current.responseContent(content);
        } else if (swallowing) {
          drain(content);
        } else {
          content.release();
        }
      }
    }
  }

  private boolean isUnusable(Object message) {
    if (message instanceof HttpResponse head) {
      interim += head.status().code() < 200 ? 1 : 0;
      return head.decoderResult().isFailure() || interim > MAX_INTERIM;
    }
    return message instanceof HttpContent part && part.decoderResult().isFailure();
  }

  private void responseHead(Listener current, HttpResponse head) {
    persistent = HttpUtil.isKeepAlive(head);
    if (head.status().code() == 101) {
      upgrade = head; // the codec must not be removed before it has decoded the end
    } else {
      current.responseHead(head);
    }
  }

  private void drain(Object message) {
    boolean last = message instanceof LastHttpContent;
    ReferenceCountUtil.release(message);
    if (last) {
      swallowing = false;
      release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    reading = false;
    if (releasing) {
      releasing = false;
      returnToPool();
    }
    if (attempt != null) {
      attempt.responseReadComplete();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (attempt != null) {
      attempt.writabilityChanged();
    }
  }

  boolean isWritable() {
    return channel().isWritable();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (timer != null) {
      timer.cancel(false);
    }
    releasing = false;
    failAttempt();
    if (pool != null) {
      pool.remove(this);
    }
  }

  /**
   * Handles a failed read or write, usually a reset. The attempt is notified before the channel is
   * closed, because the codec treats a close as the end of a response without a length. After a
   * failed write, a response that the server has already sent is still read.
   */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    OutOfMemory.exitIf(cause);
    boolean sending = ctx.channel() instanceof DuplexChannel duplex && duplex.isOutputShutdown();
    if (sending && cause instanceof IOException && ctx.channel().isActive() && attempt != null) {
      expectWithin(MAX_RESPONSE_AFTER_FAILURE_NANOS);
    } else {
      failAttempt();
      ctx.close();
    }
  }

  private void failAttempt() {
    Listener current = attempt;
    attempt = null;
    if (current != null) {
      current.onServerClosed();
    }
  }

  /** Turns the connection into one side of a tunnel. */
  void becomeTunnel(Tunnel tunnel) {
    attempt = null;
    expectBy(NEVER);
    setReading(true);
    var pipeline = channel().pipeline();
    pipeline.addLast(tunnel);
    pipeline.remove(this);
    pipeline.remove(codec);
  }
}
