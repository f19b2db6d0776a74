// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.adapters;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Equivalent to {@link Bucket4jFilter} for Netty; adds no header to admitted requests. */
@ChannelHandler.Sharable
final class Bucket4jHandler extends ChannelInboundHandlerAdapter {
  private final Map<InetAddress, Bucket> buckets = new ConcurrentHashMap<>();

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the channel
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof HttpRequest) {
      InetAddress client = ((InetSocketAddress) ctx.channel().remoteAddress()).getAddress();
      Bucket bucket = buckets.computeIfAbsent(client, address -> Bucket4jFilter.newBucket());
      ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(1);
      if (!probe.isConsumed()) {
        ReferenceCountUtil.release(message);
        var refusal =
            new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.TOO_MANY_REQUESTS, Unpooled.EMPTY_BUFFER);
        refusal.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0);
        ctx.writeAndFlush(refusal);
        return;
      }
    }
    ctx.fireChannelRead(message);
  }
}
