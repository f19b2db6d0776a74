// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.chatroom;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;

/**
 * {@code GET /messages} returns the last messages, one per line; {@code POST} adds its body as one.
 */
final class MessagesHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  private final Room room;

  MessagesHandler(Room room) {
    this.room = room;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
    if (!request.uri().matches("/messages([?].*)?")) {
      respond(ctx, HttpResponseStatus.NOT_FOUND, "");
    } else if (request.method().equals(HttpMethod.POST)) {
      room.add(request.content().toString(UTF_8));
      respond(ctx, HttpResponseStatus.CREATED, "");
    } else {
      respond(ctx, HttpResponseStatus.OK, String.join("\n", room.messages()));
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the connection
  private static void respond(ChannelHandlerContext ctx, HttpResponseStatus status, String text) {
    byte[] body = text.getBytes(UTF_8);
    var response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.length);
    ctx.writeAndFlush(response);
  }
}
