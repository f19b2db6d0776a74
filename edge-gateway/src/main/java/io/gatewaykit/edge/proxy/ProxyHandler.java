// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.edge.json.Json;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.netty.GatewayHandler;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A client connection behind the guards. It receives one request at a time from them, and forwards
 * it through an {@link Exchange}.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the channel
final class ProxyHandler extends ChannelInboundHandlerAdapter implements ClientSide {
  private static final long MAX_SILENCE_NANOS = TimeUnit.SECONDS.toNanos(75);
  private static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** The maximum length of an unneeded body to read; otherwise the connection is closed. */
  private static final int MAX_DROPPED = 64 << 10;

  private final ClientConnections clients;
  private final UpstreamPool pool;
  private final RequestProgress progress;
  private final Supplier<FailoverGroup<InetSocketAddress>> group;
  private final Supplier<ProxySettings> settings;
  private @Nullable ChannelHandlerContext ctx;
  private @Nullable Exchange exchange;
  private @Nullable Future<?> watch;
  private boolean keepAlive;
  private boolean responseDone;

  /** The body of the gateway's own responses (RFC 9457). */
  public record Problem(String type, String title, int status, String reason) {}

  ProxyHandler(
      ClientConnections clients,
      UpstreamPool pool,
      RequestProgress progress,
      Supplier<FailoverGroup<InetSocketAddress>> group,
      Supplier<ProxySettings> settings) {
    this.clients = clients;
    this.pool = pool;
    this.progress = progress;
    this.group = group;
    this.settings = settings;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    this.ctx = ctx;
    watch =
        ctx.executor()
            .scheduleWithFixedDelay(
                this::closeIfStalled, CHECK_NANOS, CHECK_NANOS, TimeUnit.NANOSECONDS);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (watch != null) {
      watch.cancel(false);
    }
  }

  /**
   * Closes a connection whose client is idle for too long: between requests, while sending one, or
   * while not reading a response. Waiting for a server is limited elsewhere, and a client may pause
   * its request while it receives the response.
   */
  private void closeIfStalled() {
    Exchange current = exchange;
    boolean reading = ctx().channel().config().isAutoRead();
    boolean awaitsServer = current != null && (current.isResponding() || current.requestEnded());
    if (awaitsServer || !reading) {
      progress.restart(); // waiting for a guard, a server or the client to read
    } else if (progress.isTooSlow()) {
      clients.slowRequestEnded();
      endSlowRequest();
      return;
    }
    boolean awaitsClient = !isWritable() || current == null || reading && !awaitsServer;
    if (awaitsClient && progress.nanosSinceProgress(isWritable()) > MAX_SILENCE_NANOS) {
      close();
    }
  }

  /**
   * Closes the connection of a client that sends too slowly, after a response of 408 unless it has
   * received an early one.
   */
  private void endSlowRequest() {
    if (exchange != null && responseDone) {
      close();
      return;
    }
    Exchange current = exchange;
    exchange = null;
    if (current != null) {
      current.onClientClosed();
    }
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.REQUEST_TIMEOUT, Unpooled.EMPTY_BUFFER);
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_LENGTH, 0)
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    ctx().writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
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
    int status = MaxForwards.ownStatus(request);
    if (status != 0) {
      exchange = null;
      respondToMethod(request, status);
      return;
    }
    if (HeaderRules.isWebSocket(request) && messagePolicy().inspectsText()) {
      // Compressed messages cannot be inspected, so no extension is negotiated.
      request.headers().remove(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS);
    }
    var next = new Exchange(this, request, pool, group.get(), settings.get());
    exchange = next;
    next.start();
  }

  private void content(HttpContent content) {
    Exchange current = exchange;
    if (content.decoderResult().isFailure()) {
      content.release();
      close(); // invalid chunk: the start of the next request is unknown
    } else if (current == null) {
      content.release();
    } else {
      current.requestContent(content);
      clearIfDone();
    }
  }

  private void clearIfDone() {
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
    progress.responseProgressed();
    if (exchange != null) {
      exchange.clientWritabilityChanged();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event.equals(GatewayHandler.REQUEST_ABORTED) && exchange != null) {
      exchange.onClientClosed(); // the guards' handler has responded
      exchange = null;
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    Exchange current = exchange;
    exchange = null;
    if (current != null) {
      current.onClientClosed();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    OutOfMemory.exitIf(cause);
    ctx.close(); // usually a reset; channelInactive follows and ends the exchange
  }

  // Operations of the exchange

  @Override
  public EventExecutor loop() {
    return ctx().executor();
  }

  @Override
  public InetAddress peer() {
    return ctx().channel().remoteAddress() instanceof InetSocketAddress address
        ? address.getAddress()
        : InetAddress.getLoopbackAddress();
  }

  @Override
  public InetSocketAddress local() {
    return ctx().channel().localAddress() instanceof InetSocketAddress address
        ? address
        : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  @Override
  public void setReading(boolean reading) {
    ctx().channel().config().setAutoRead(reading);
  }

  @Override
  public boolean isWritable() {
    return ctx().channel().isWritable();
  }

  @Override
  public void write(Object message) {
    ctx().write(message, ctx().voidPromise());
  }

  @Override
  public void flush() {
    ctx().flush();
  }

  @Override
  public void writeInterim(HttpResponse interim, HttpRequest request) {
    if (request.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
      var whole =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, interim.status(), Unpooled.EMPTY_BUFFER);
      whole.headers().set(HeaderRules.interim(interim.headers()));
      write(whole);
    }
  }

  @Override
  public void writeHead(HttpResponse response, HttpRequest request, boolean requestEnded) {
    keepAlive &= !clients.isDraining() && (requestEnded || isRestShort(request));
    HeaderRules.toClient(response, request, keepAlive);
    write(response);
  }

  /**
   * Returns whether to read the rest of the body after an early response. A client that expects 100
   * can send it or not; only closing is unambiguous.
   */
  private static boolean isRestShort(HttpRequest request) {
    return !HttpUtil.is100ContinueExpected(request)
        && !HttpUtil.isTransferEncodingChunked(request)
        && HttpUtil.getContentLength(request, 0L) <= MAX_DROPPED;
  }

  @Override
  public void responseWritten() {
    responseDone = true;
    progress.responseProgressed();
    flush();
    clearIfDone();
  }

  @Override
  public void respond(HttpRequest request, int status, String reason, String title) {
    byte[] body =
        Json.of(new Problem("about:blank", title, status, reason)).getBytes(StandardCharsets.UTF_8);
    HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().newHeaders();
    headers.set(HttpHeaderNames.CONTENT_TYPE, "application/problem+json");
    if (status == 503) {
      headers.set(HttpHeaderNames.RETRY_AFTER, 1);
    }
    respond(request, status, headers, body);
  }

  private void respondToMethod(HttpRequest request, int status) {
    HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().newHeaders();
    headers.set(HttpHeaderNames.ALLOW, "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS");
    respond(request, status, headers, new byte[0]);
  }

  private void respond(HttpRequest request, int status, HttpHeaders headers, byte[] body) {
    boolean bodiless = request.method().equals(HttpMethod.HEAD);
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(status),
            bodiless ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body));
    response.headers().set(headers).set(HttpHeaderNames.CONTENT_LENGTH, body.length);
    keepAlive &= isRestShort(request) && !clients.isDraining();
    HttpUtil.setKeepAlive(response.headers(), request.protocolVersion(), keepAlive);
    write(response);
    responseWritten();
  }

  @Override
  public void close() {
    ctx().flush();
    ctx().close();
  }

  @Override
  public void becomeTunnelTo(UpstreamConnection server, HttpResponse consent) {
    exchange = null;
    TunnelOpening.open(ctx(), server, consent, messagePolicy(), settings.get().held());
  }

  private MessagePolicy messagePolicy() {
    return GatewayHandler.request(ctx().channel())
        .map(request -> request.attributes().get(MessagePolicy.SELECTED))
        .orElse(MessagePolicy.NONE);
  }

  private ChannelHandlerContext ctx() {
    return requireNonNull(ctx);
  }
}
