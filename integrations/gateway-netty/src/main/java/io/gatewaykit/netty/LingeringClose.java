// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection whose client may still be sending. Closing a socket with unread bytes resets
 * the connection, and the client may then not receive the response. Only the outbound side is
 * therefore closed first, and inbound bytes are read and discarded for a short time.
 */
@SuppressWarnings("FutureReturnValueIgnored") // failures to close are not reported
final class LingeringClose {
  private static final long HEADER_TIMEOUT_SECONDS = 2;

  private LingeringClose() {}

  /** Closes after the last write has completed. The caller must discard messages until then. */
  static void after(ChannelHandlerContext ctx, ChannelFuture lastWrite) {
    lastWrite.addListener(written -> {
      boolean encrypted = ctx.pipeline().get(SslHandler.class) != null; // must send close_notify
      if (written.isSuccess() && !encrypted && ctx.channel() instanceof DuplexChannel channel) {
        var timer =
            ctx.executor().schedule(() -> ctx.close(), HEADER_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        channel.closeFuture().addListener(closed -> timer.cancel(false));
        channel
            .shutdownOutput()
            .addListener(shut -> {
              if (!shut.isSuccess()) {
                ctx.close();
              }
            });
        ctx.read();
      } else {
        ctx.close();
      }
    });
  }
}
