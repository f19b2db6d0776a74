// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import io.gatewaykit.api.tck.TckApplication;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
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
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** The suite's application as a Netty handler. */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write ends the connection
final class TckHandler extends SimpleChannelInboundHandler<HttpObject> {
  private final TckApplication application;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  private String path = "";
  private boolean isHead;
  private boolean keepAlive;

  TckHandler(TckApplication application) {
    this.application = application;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) throws Exception {
    if (message instanceof HttpRequest request) {
      application.called();
      path = request.uri().replaceFirst("[?].*", "");
      keepAlive = HttpUtil.isKeepAlive(request);
      isHead = request.method().equals(HttpMethod.HEAD);
      body.reset();
      if (HttpUtil.is100ContinueExpected(request)) {
        ctx.writeAndFlush(
            new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
      }
    }
    if (message instanceof HttpContent content) {
      content.content().readBytes(body, content.content().readableBytes());
    }
    if (message instanceof LastHttpContent) {
      byte[] whole = body.toByteArray();
      switch (path) {
        case TckApplication.FAIL -> ctx.close(); // what failing handlers do
        case TckApplication.HANG ->
            application.released().thenRunAsync(() -> answer(ctx, whole), ctx.executor());
        case TckApplication.STREAM -> stream(ctx);
        default -> answer(ctx, whole);
      }
    }
  }

  private void answer(ChannelHandlerContext ctx, byte[] requestBody) {
    int status = TckApplication.status(path);
    boolean never = status == 204 || status == 304;
    byte[] answer = never ? new byte[0] : TckApplication.body(requestBody);
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(status),
            isHead ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(answer));
    response.headers().set("X-App", "yes");
    if (!never) {
      response.headers().set(HttpHeaderNames.CONTENT_LENGTH, answer.length);
    }
    ChannelFuture written = ctx.writeAndFlush(response);
    if (!keepAlive) {
      written.addListener(ChannelFutureListener.CLOSE);
    }
  }

  private void stream(ChannelHandlerContext ctx) {
    var head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    head.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    ctx.write(head);
    ctx.writeAndFlush(part(TckApplication.FIRST));
    application
        .released()
        .thenRunAsync(
            () -> {
              ctx.write(part(TckApplication.SECOND));
              ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
            },
            ctx.executor());
  }

  private static HttpContent part(String text) {
    return new DefaultHttpContent(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
  }
}
