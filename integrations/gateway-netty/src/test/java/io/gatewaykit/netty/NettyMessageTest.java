// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.MessageCheck;
import io.gatewaykit.api.tck.MessageContract;
import io.gatewaykit.api.tck.TckServer;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.extension.ExtendWith;

/** The contract tests of message checks, with a Netty handler. */
@ExtendWith(LeakGate.class)
class NettyMessageTest extends MessageContract {
  @Override
  protected TckServer start(GuardChain guards, List<MessageCheck> checks) {
    var protocol =
        WebSocketServerProtocolConfig.newBuilder()
            .websocketPath(PATH)
            .checkStartsWith(true) // the target has a query
            .maxFramePayloadLength(MAX_BYTES)
            .build();
    TestServer server =
        TestServer.start(channel ->
            channel
                .pipeline()
                .addLast(new HttpServerCodec())
                .addLast(GatewayHandler.of(guards))
                .addLast(new HttpObjectAggregator(1024))
                .addLast(new WebSocketServerProtocolHandler(protocol))
                .addLast(new WebSocketFrameAggregator(MAX_BYTES))
                .addLast(WebSocketMessageGuard.of(checks.toArray(MessageCheck[]::new)))
                .addLast(new Echo(application)));
    return new TckServer() {
      @Override
      public int port() {
        return server.port();
      }

      @Override
      public void close() {
        server.close();
      }
    };
  }

  private static final class Echo extends SimpleChannelInboundHandler<WebSocketFrame> {
    private final Queue<String> received;

    Echo(Queue<String> received) {
      this.received = received;
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // a failed write ends the channel
    protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame frame) {
      received.add(frame.content().toString(StandardCharsets.UTF_8));
      ctx.writeAndFlush(frame.retain());
    }
  }
}
