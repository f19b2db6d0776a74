// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;

/** Responds to each request with its target, the length of its body and its client. */
final class EchoApp extends SimpleChannelInboundHandler<HttpObject> {
  private String target = "";
  private long length;

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
    if (message instanceof HttpRequest request) {
      target = request.uri();
      length = 0;
    }
    if (message instanceof HttpContent content) {
      length += content.content().readableBytes();
    }
    if (message instanceof LastHttpContent) {
      answer(ctx);
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // a failed write ends the connection
  private void answer(ChannelHandlerContext ctx) {
    String client =
        GatewayHandler.request(ctx.channel())
            .map(request -> request.client().address().getHostAddress())
            .orElse("unknown");
    String text = target + " " + length + " " + client + "\n";
    ByteBuf body = Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, body);
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
    ctx.writeAndFlush(response);
  }
}
