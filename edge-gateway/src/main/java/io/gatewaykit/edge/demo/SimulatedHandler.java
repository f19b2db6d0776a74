// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.demo;

import io.gatewaykit.edge.json.Json;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Responds to the requests of a connection with the endpoint's name and a summary of the request.
 * Bodies are counted and discarded as they arrive.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the connection
final class SimulatedHandler extends SimpleChannelInboundHandler<HttpObject> {
  private static final String BYTES = "/bytes/";
  private static final ByteBuf CHUNK =
      Unpooled.unreleasableBuffer(Unpooled.directBuffer(1 << 14).writeZero(1 << 14)).asReadOnly();

  private final SimulatedEndpoint endpoint;
  private long bytesLeft = -1;
  private @Nullable HttpRequest request;
  private long received;

  SimulatedHandler(SimulatedEndpoint endpoint) {
    this.endpoint = endpoint;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
    if (message instanceof HttpRequest head) {
      if (head.decoderResult().isFailure()) {
        ctx.close();
        return;
      }
      request = head;
      received = 0;
      if (HttpUtil.is100ContinueExpected(head)) {
        ctx.writeAndFlush(
            new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
      }
    }
    if (message instanceof HttpContent content) {
      received += content.content().readableBytes();
      HttpRequest head = request;
      if (content instanceof LastHttpContent && head != null) {
        request = null;
        long bytes = received;
        // A connection serves one request at a time here, so delayed responses keep their order.
        ctx.executor()
            .schedule(
                () -> respond(ctx, head, bytes),
                endpoint.behaviour().delay().toNanos(),
                TimeUnit.NANOSECONDS);
      }
    }
  }

  private void respond(ChannelHandlerContext ctx, HttpRequest head, long bytes) {
    if (!ctx.channel().isActive()) {
      return;
    }
    SimulatedEndpoint.ResponseKind kind = endpoint.behaviour().response();
    if (kind == SimulatedEndpoint.ResponseKind.NONE) {
      return;
    }
    boolean failing = kind == SimulatedEndpoint.ResponseKind.FAILURE;
    if (!failing && isWebSocket(head)) {
      upgrade(ctx, head);
      return;
    }
    if (!failing && head.uri().startsWith(BYTES) && head.method().equals(HttpMethod.GET)) {
      sendBytes(ctx, head.uri().substring(BYTES.length()));
      return;
    }
    HttpResponseStatus status =
        failing ? HttpResponseStatus.INTERNAL_SERVER_ERROR : HttpResponseStatus.OK;
    byte[] body = body(head, bytes, status).getBytes(StandardCharsets.UTF_8);
    boolean bodiless = head.method().equals(HttpMethod.HEAD);
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            status,
            bodiless ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON)
        .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
        .set("X-Line", endpoint.line());
    boolean keepAlive = HttpUtil.isKeepAlive(head);
    HttpUtil.setKeepAlive(response, keepAlive);
    var sent = ctx.writeAndFlush(response);
    if (!keepAlive) {
      sent.addListener(ChannelFutureListener.CLOSE);
    }
  }

  /** Sends the requested number of zero bytes, subject to flow control. */
  private void sendBytes(ChannelHandlerContext ctx, String count) {
    bytesLeft = count.matches("[0-9]{1,10}") ? Long.parseLong(count) : 0;
    var response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_LENGTH, bytesLeft)
        .set("X-Line", endpoint.line());
    ctx.write(response);
    sendMore(ctx);
  }

  private void sendMore(ChannelHandlerContext ctx) {
    while (bytesLeft > 0 && ctx.channel().isWritable()) {
      int size = (int) Math.min(bytesLeft, CHUNK.readableBytes());
      ctx.write(new DefaultHttpContent(CHUNK.retainedSlice(0, size)));
      bytesLeft -= size;
    }
    if (bytesLeft == 0) {
      bytesLeft = -1;
      ctx.write(LastHttpContent.EMPTY_LAST_CONTENT);
    }
    ctx.flush();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (bytesLeft > 0) {
      sendMore(ctx);
    }
  }

  /** The body of a response. */
  public record Summary(
      String line, String endpoint, int status, String method, String target, long received) {}

  private String body(HttpRequest head, long bytes, HttpResponseStatus status) {
    var summary =
        new Summary(
            endpoint.line(),
            endpoint.name(),
            status.code(),
            head.method().name(),
            head.uri(),
            bytes);
    return Json.of(summary) + "\n";
  }

  private static boolean isWebSocket(HttpRequest head) {
    return head.uri().startsWith("/ws")
        && head.headers().containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true);
  }

  private void upgrade(ChannelHandlerContext ctx, HttpRequest head) {
    WebSocketServerHandshaker handshaker =
        new WebSocketServerHandshakerFactory("ws://simulated/ws", null, false, 1 << 20)
            .newHandshaker(head);
    if (handshaker == null) {
      WebSocketServerHandshakerFactory.sendUnsupportedVersionResponse(ctx.channel());
      return;
    }
    var full =
        new DefaultFullHttpRequest(
            head.protocolVersion(), head.method(), head.uri(), Unpooled.EMPTY_BUFFER);
    full.headers().set(head.headers());
    ctx.pipeline().replace(this, "echo", new EchoHandler(handshaker));
    handshaker.handshake(ctx.channel(), full);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close(); // reset by the gateway: expected, not logged
  }
}
