// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Reports whether a client reads its responses. It remains in the pipeline of a tunnel, so that a
 * client that does not read is counted in both cases.
 */
final class ReaderWatch extends ChannelInboundHandlerAdapter {
  private final ClientConnections clients;

  ReaderWatch(ClientConnections clients) {
    this.clients = clients;
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable()) {
      clients.reads(ctx.channel());
    } else {
      clients.waitsForReader(ctx.channel());
    }
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    clients.reads(ctx.channel());
    ctx.fireChannelInactive();
  }
}
