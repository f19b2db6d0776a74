package io.gatewaykit.examples.edge.proxy;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a server. It serves one attempt at a time, waits in the pool between two, or
 * swallows the rest of a response nobody wants any more. Used on its event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the channel, which is noticed
final class UpstreamConnection extends ChannelInboundHandlerAdapter {
  private static final long NEVER = Long.MAX_VALUE;
  private static final long MAX_IDLE_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long MAX_SWALLOW_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Ticker ticker = Ticker.system();
  private @Nullable ChannelHandlerContext ctx;
  private @Nullable InetSocketAddress server;
  private @Nullable UpstreamPool pool;
  private @Nullable Attempt attempt;
  private boolean reused;
  private boolean swallowing;
  private boolean persistent = true;

  /** When what is awaited must have come; one timer follows it as it moves. */
  private long deadline = NEVER;

  private long timerAt = NEVER;
  private @Nullable Future<?> timer;

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

  /** Whether it served another attempt before, so that the server may be closing it just now. */
  boolean isReused() {
    return reused;
  }

  void attach(Attempt next) {
    attempt = next;
  }

  void write(Object message) {
    requireNonNull(ctx).write(message, channel().voidPromise());
  }

  void flush() {
    requireNonNull(ctx).flush();
  }

  void setReading(boolean reading) {
    channel().config().setAutoRead(reading);
  }

  void close() {
    requireNonNull(ctx).close();
  }

  /** Ends the attempt and closes: the connection is of no more use. */
  void abandon() {
    attempt = null;
    close();
  }

  /** Ends the attempt; the connection serves the next one if the server lets it. */
  void release() {
    attempt = null;
    if (!persistent) {
      close();
      return;
    }
    reused = true;
    setReading(true);
    requireNonNull(pool).keep(this);
  }

  /** Ends the attempt; the rest of its response is dropped before the connection is used again. */
  void swallowRest() {
    attempt = null;
    swallowing = true;
    setReading(true);
    expectWithin(MAX_SWALLOW_NANOS);
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

  /** Sets when the timer speaks up. Moving it later costs nothing: the timer follows when due. */
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
    Attempt current = attempt;
    if (swallowing) {
      swallow(message);
    } else if (current == null) {
      ReferenceCountUtil.release(message);
      close(); // a server that speaks without being asked
    } else if (message instanceof HttpResponse head && head.decoderResult().isFailure()
        || message instanceof HttpContent part && part.decoderResult().isFailure()) {
      ReferenceCountUtil.release(message);
      current.broken();
    } else {
      if (message instanceof HttpResponse head) {
        persistent = HttpUtil.isKeepAlive(head);
        current.responseHead(head);
      }
      // What the head led to, such as another attempt, may have ended the attempt here.
      if (message instanceof HttpContent content) {
        if (attempt == current) {
          current.responseContent(content);
        } else if (swallowing) {
          swallow(content);
        } else {
          content.release();
        }
      }
    }
  }

  private void swallow(Object message) {
    boolean last = message instanceof LastHttpContent;
    ReferenceCountUtil.release(message);
    if (last) {
      swallowing = false;
      release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
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
    Attempt current = attempt;
    attempt = null;
    if (current != null) {
      current.serverGone();
    } else if (pool != null) {
      pool.forget(this);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close(); // a reset, mostly; channelInactive follows and tells the attempt
  }

  /** Turns the connection into a tunnel whose bytes go to the peer from now on. */
  void becomeTunnelTo(Channel peer) {
    attempt = null;
    expectBy(NEVER);
    setReading(true);
    var pipeline = channel().pipeline();
    pipeline.addLast(new Tunnel(peer));
    pipeline.remove(this);
    pipeline.remove(HttpClientCodec.class);
  }
}
