package io.gatewaykit.netty;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection whose client may still be sending. Closing a socket with unread bytes resets
 * the connection, and the reset overtakes the response: the client would never learn why. So only
 * our side is closed at first, and what still comes is read and dropped, for a short while.
 */
@SuppressWarnings("FutureReturnValueIgnored") // nothing is left to do where closing fails
final class LingeringClose {
  private static final long PATIENCE_SECONDS = 2;

  private LingeringClose() {}

  /** Closes once the last write is through. What comes until then is the caller's to drop. */
  static void after(ChannelHandlerContext ctx, ChannelFuture lastWrite) {
    lastWrite.addListener(written -> {
      boolean encrypted = ctx.pipeline().get(SslHandler.class) != null; // must say goodbye itself
      if (written.isSuccess() && !encrypted && ctx.channel() instanceof DuplexChannel channel) {
        var timer = ctx.executor().schedule(() -> ctx.close(), PATIENCE_SECONDS, TimeUnit.SECONDS);
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
