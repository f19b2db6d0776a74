// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.chatroom;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;

/** The channel initializer of a chat room: HTTP at /messages, WebSocket at /chat. */
public final class ChatRoom extends ChannelInitializer<Channel> {
  private static final int MAX_BODY = 64 << 10;

  private final Room room = new Room();

  @Override
  protected void initChannel(Channel channel) {
    channel
        .pipeline()
        .addLast(
            new HttpServerCodec(),
            new HttpObjectAggregator(MAX_BODY),
            new WebSocketServerProtocolHandler("/chat"),
            new ChatSocket(room),
            new MessagesHandler(room));
  }
}
