// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.netty;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.BodyView;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.Headers;
import io.gatewaykit.netty.GatewayHandler;
import io.gatewaykit.netty.WebSocketMessageGuard;
import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimitGuard;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafGuard;
import io.gatewaykit.waf.WafRequest;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import java.net.InetAddress;

/**
 * Runs a server's own channel initializer, then inserts guards directly after its HTTP codec,
 * before its WebSocket handlers: a rate limit per client, and the firewall.
 */
final class Guarded extends ChannelInitializer<Channel> {
  private static final int MAX_MESSAGE = 64 << 10;
  private static final Rejection TOO_FAST =
      Rejection.builder(429, "rate_limited", "Too Many Requests").build();

  private static final Rejection FORBIDDEN =
      Rejection.builder(403, "waf_blocked", "Forbidden").build();
  private static final Headers TEXT = Headers.of("Content-Type", "text/plain");

  private final ChannelHandler existing;
  private final KeyedLeakyBucket<InetAddress> perClient =
      KeyedLeakyBucket.<InetAddress>builder().limit(Limit.perSecond(5).burst(5).nodelay()).build();
  private final Waf waf = Waf.builder().build();
  private final GatewayHandler requests =
      GatewayHandler.of(
          GuardChain.of(
              RateLimitGuard.builder("client", perClient).build(), WafGuard.builder(waf).build()));

  /** Wraps an initializer that may serve many channels, as those of servers do. */
  Guarded(ChannelHandler existing) {
    this.existing = existing;
  }

  @Override
  protected void initChannel(Channel channel) {
    ChannelPipeline pipeline = channel.pipeline();
    pipeline.addLast(existing); // runs immediately and removes itself from the pipeline
    addAfter(pipeline, HttpServerCodec.class, requests);
    addAfter(pipeline, WebSocketServerProtocolHandler.class, WebSocketMessageGuard.of(this::check));
    addAfter(
        pipeline, WebSocketServerProtocolHandler.class, new WebSocketFrameAggregator(MAX_MESSAGE));
  }

  private static void addAfter(
      ChannelPipeline pipeline, Class<? extends ChannelHandler> type, ChannelHandler added) {
    pipeline.addAfter(pipeline.context(type).name(), null, added);
  }

  private Verdict check(GatewayRequest upgrade, BodyView message) {
    if (!perClient.tryAcquire(upgrade.client().network())) {
      return Verdict.reject(TOO_FAST);
    }
    var text = new byte[message.length()];
    message.bytes().get(text);
    boolean blocked = waf.inspect(WafRequest.of("POST", upgrade.rawTarget(), TEXT, text)).blocked();
    return blocked ? Verdict.reject(FORBIDDEN) : Verdict.allow();
  }
}
