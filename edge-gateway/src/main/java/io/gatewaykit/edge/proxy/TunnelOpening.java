// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.guard.MessageCheck;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.BodyBudget;
import io.gatewaykit.netty.WebSocketMessageGuard;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundInvoker;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.ArrayList;

/** Turns the connections of a client and a server into a tunnel, after the 101 response. */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the channel
final class TunnelOpening {
  /** The name of the HTTP codec in the pipeline of a client. */
  static final String CODEC = "http";

  /** The name of the guards' handler in the pipeline of a client. */
  static final String GUARDS = "guards";

  private TunnelOpening() {}

  /**
   * Forwards the 101 response, replaces the handlers of both connections, and starts the tunnel.
   *
   * @param client the position of the proxy's handler, which is removed from the pipeline
   * @param held the budget for held messages
   */
  static void open(
      ChannelHandlerContext client,
      UpstreamConnection server,
      HttpResponse consent,
      MessagePolicy messages,
      BodyBudget held) {
    client.write(consent);
    client.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    Channel clientChannel = client.channel();
    ChannelPipeline pipeline = clientChannel.pipeline();
    var activity = new Tunnel.Activity(Ticker.system(), messages.idleTimeout().toNanos());
    ChannelOutboundInvoker toClientFrom = clientChannel;
    if (messages.guardsMessages()) {
      toClientFrom = addGuard(pipeline, messages, held, activity);
    }
    Channel serverChannel = server.channel();
    var toServer = new Tunnel(serverChannel, serverChannel, activity);
    var toClient = new Tunnel(clientChannel, toClientFrom, activity);
    pipeline.addLast(toServer);
    server.becomeTunnel(toClient);
    pipeline.remove(client.handler());
    if (!messages.guardsMessages()) {
      pipeline.remove(GUARDS); // otherwise it stays, since it holds the upgrade request
    }
    pipeline.remove(CODEC);
    clientChannel.config().setAutoRead(true);
    toServer.start(pipeline.context(toServer));
    toClient.start(serverChannel.pipeline().context(toClient));
  }

  /**
   * Returns the context from which the server's bytes are written: in front of the guard, which
   * would drop them once it closes the WebSocket, though the end of a frame must still pass.
   */
  private static ChannelOutboundInvoker addGuard(
      ChannelPipeline pipeline, MessagePolicy messages, BodyBudget held, Tunnel.Activity activity) {
    var checks = new ArrayList<>(messages.limits());
    checks.addAll(messages.inspections());
    if (checks.isEmpty()) {
      checks.add((upgrade, payload) -> Verdict.allow());
    }
    var frames = new WebSocketFrames(messages, held, activity);
    var guard = WebSocketMessageGuard.of(checks.toArray(MessageCheck[]::new));
    pipeline.addLast(frames, guard, frames.afterGuard());
    return pipeline.context(guard);
  }
}
