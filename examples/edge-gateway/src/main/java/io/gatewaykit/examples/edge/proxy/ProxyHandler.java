package io.gatewaykit.examples.edge.proxy;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection behind the guards: takes one request at a time, which is how the guards
 * pass them on, and hands it to an {@link Exchange}.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the channel, which is noticed
final class ProxyHandler extends ChannelInboundHandlerAdapter {
  private static final long MAX_SILENCE_NANOS = TimeUnit.SECONDS.toNanos(75);
  private static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** How much of a body nobody wants is read before the connection is closed instead. */
  private static final int MAX_DROPPED = 1 << 20;

  private final ProxyServer proxy;
  private final UpstreamPool pool;
  private final Ticker ticker = Ticker.system();
  private @Nullable ChannelHandlerContext ctx;
  private @Nullable Exchange exchange;
  private @Nullable Future<?> watch;
  private boolean keepAlive;
  private boolean responseDone;
  private long dropped;
  private long lastProgress = ticker.read();

  ProxyHandler(ProxyServer proxy, UpstreamPool pool) {
    this.proxy = proxy;
    this.pool = pool;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    this.ctx = ctx;
    watch =
        ctx.executor()
            .scheduleWithFixedDelay(
                this::closeIfStuck, CHECK_NANOS, CHECK_NANOS, TimeUnit.NANOSECONDS);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (watch != null) {
      watch.cancel(false);
    }
  }

  /**
   * Closes a connection that waits for its client too long: between requests, in the midst of one,
   * or for room to write. While a server is waited for, that is timed elsewhere.
   */
  private void closeIfStuck() {
    Exchange current = exchange;
    boolean clientsTurn = current == null || !current.requestEnded() || !isWritable();
    if (clientsTurn && ticker.read() - lastProgress > MAX_SILENCE_NANOS) {
      close();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    lastProgress = ticker.read();
    if (message instanceof HttpRequest request) {
      begin(request);
    }
    if (message instanceof HttpContent content) {
      content(content);
    } else if (!(message instanceof HttpRequest)) {
      ReferenceCountUtil.release(message);
    }
  }

  private void begin(HttpRequest request) {
    keepAlive = HttpUtil.isKeepAlive(request);
    responseDone = false;
    dropped = 0;
    var next = new Exchange(this, request, pool, proxy.group(), proxy.settings());
    exchange = next;
    next.start();
  }

  private void content(HttpContent content) {
    Exchange current = exchange;
    if (content.decoderResult().isFailure()) {
      content.release();
      close(); // a bad chunk: where the next request begins nobody knows
    } else if (current == null) {
      content.release();
    } else {
      dropped += responseDone ? content.content().readableBytes() : 0;
      current.requestContent(content);
      if (dropped > MAX_DROPPED) {
        close();
      } else {
        forgetIfDone();
      }
    }
  }

  private void forgetIfDone() {
    if (responseDone && exchange != null && exchange.requestEnded()) {
      exchange = null;
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (exchange != null) {
      exchange.requestReadComplete();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    lastProgress = ticker.read();
    if (exchange != null) {
      exchange.clientWritabilityChanged();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    Exchange current = exchange;
    exchange = null;
    if (current != null) {
      current.clientGone();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close(); // a reset, mostly; channelInactive follows and ends the exchange
  }

  // For the exchange

  InetAddress peer() {
    return ctx().channel().remoteAddress() instanceof InetSocketAddress address
        ? address.getAddress()
        : InetAddress.getLoopbackAddress();
  }

  void setReading(boolean reading) {
    ctx().channel().config().setAutoRead(reading);
  }

  Future<?> after(long nanos, Runnable task) {
    return ctx().executor().schedule(task, nanos, TimeUnit.NANOSECONDS);
  }

  boolean isWritable() {
    return ctx().channel().isWritable();
  }

  void write(Object message) {
    ctx().write(message, ctx().voidPromise());
  }

  void flush() {
    ctx().flush();
  }

  /** Passes on what comes before the response; old clients would take it for the response. */
  void writeInterim(HttpResponse interim, HttpRequest request) {
    if (request.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
      var whole =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, interim.status(), Unpooled.EMPTY_BUFFER);
      whole.headers().set(interim.headers());
      write(whole);
    }
  }

  void writeHead(HttpResponse response, HttpRequest request) {
    keepAlive = HeaderRules.toClient(response, request, keepAlive && !proxy.isDraining());
    write(response);
  }

  /** The last of the response was written. */
  void responseWritten() {
    responseDone = true;
    lastProgress = ticker.read();
    if (keepAlive) {
      flush();
    } else {
      ctx().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
    forgetIfDone();
  }

  /** Answers in place of the servers. */
  void answer(HttpRequest request, int status, String reason, String title) {
    byte[] body =
        "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"reason\":\"%s\"}"
            .formatted(title, status, reason)
            .getBytes(StandardCharsets.UTF_8);
    boolean bodiless = request.method().equals(HttpMethod.HEAD);
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(status),
            bodiless ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, "application/problem+json")
        .set(HttpHeaderNames.CONTENT_LENGTH, body.length);
    if (status == 503) {
      response.headers().set(HttpHeaderNames.RETRY_AFTER, 1);
    }
    keepAlive &= !HttpUtil.is100ContinueExpected(request) && !proxy.isDraining();
    HttpUtil.setKeepAlive(response.headers(), request.protocolVersion(), keepAlive);
    write(response);
    responseWritten();
  }

  void close() {
    ctx().close();
  }

  /** Passes the server's consent on and turns both connections into a tunnel. */
  void becomeTunnelTo(UpstreamConnection server, HttpResponse consent) {
    exchange = null;
    ChannelHandlerContext client = ctx();
    client.write(consent);
    client.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    var pipeline = client.pipeline();
    pipeline.addLast(new Tunnel(server.channel()));
    server.becomeTunnelTo(client.channel());
    pipeline.remove(this);
    proxy.removeHttp(pipeline);
    setReading(true);
  }

  private ChannelHandlerContext ctx() {
    return requireNonNull(ctx);
  }
}
