// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Inserts the close frame of a guard into the bytes of a server. Within a frame of the server, the
 * client would read it as payload; it is therefore delayed to the end of that frame. Later bytes of
 * the server are dropped.
 */
@SuppressWarnings("FutureReturnValueIgnored") // nothing remains to be done if closing fails
final class CloseInsertion {
  /** The time limit for the end of the server's frame, and for the client to close. */
  private static final long CLOSE_TIMEOUT_SECONDS = 2;

  private final ServerFrames server = new ServerFrames();
  private @Nullable CloseWebSocketFrame due;
  private @Nullable ChannelPromise duePromise;
  private @Nullable Future<?> timer;
  private boolean closed;

  /** Returns whether a close frame has been sent or is due. Input of the client is then ignored. */
  boolean isDue() {
    return closed || due != null;
  }

  /** Writes a close frame or bytes of the server. */
  void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (message instanceof CloseWebSocketFrame frame) {
      close(ctx, frame, promise);
    } else if (closed) {
      ReferenceCountUtil.release(message);
      promise.trySuccess();
    } else if (!(message instanceof ByteBuf bytes)) {
      ctx.write(message, promise);
    } else if (due == null) {
      server.follow(bytes);
      ctx.write(bytes, promise);
    } else {
      ctx.write(bytes.readRetainedSlice(server.bytesToBoundary(bytes)), promise);
      bytes.release();
      if (server.isAtBoundary()) {
        sendDue(ctx);
      }
    }
  }

  /** Closes the WebSocket. The client has a limited time to close the connection. */
  void closeAndLinger(ChannelHandlerContext ctx, WebSocketCloseStatus status) {
    ChannelPromise promise = ctx.newPromise();
    promise.addListener(written -> linger(ctx, written.isSuccess()));
    close(ctx, new CloseWebSocketFrame(status), promise);
    ctx.flush();
  }

  private void close(ChannelHandlerContext ctx, CloseWebSocketFrame frame, ChannelPromise promise) {
    if (isDue()) {
      frame.release();
      promise.tryFailure(new ClosedChannelException());
      return;
    }
    due = frame;
    duePromise = promise;
    if (server.isAtBoundary()) {
      sendDue(ctx);
    } else {
      timer = ctx.executor().schedule(this::cancel, CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }
  }

  private void sendDue(ChannelHandlerContext ctx) {
    CloseWebSocketFrame frame = due;
    ChannelPromise promise = duePromise;
    due = null;
    duePromise = null;
    closed = true;
    if (frame == null || promise == null) {
      return;
    }
    if (server.isClosed()) {
      promise.trySuccess(); // the client has received the server's close frame
    } else {
      ByteBuf content = frame.content();
      ByteBuf bytes = ctx.alloc().buffer(2 + content.readableBytes());
      bytes.writeByte(0x80 | FrameHeader.CLOSE).writeByte(content.readableBytes());
      ctx.writeAndFlush(bytes.writeBytes(content), promise);
    }
    frame.release();
  }

  private static void linger(ChannelHandlerContext ctx, boolean written) {
    if (!written || !(ctx.channel() instanceof DuplexChannel channel)) {
      ctx.close();
      return;
    }
    var timeout =
        ctx.executor().schedule(() -> ctx.close(), CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    channel.closeFuture().addListener(ended -> timeout.cancel(false));
    channel.shutdownOutput();
    channel.config().setAutoRead(true); // further input of the client is dropped
  }

  /** Discards a close frame that is due. */
  void cancel() {
    if (timer != null) {
      timer.cancel(false);
    }
    closed = true;
    if (due != null) {
      due.release();
      due = null;
    }
    if (duePromise != null) {
      duePromise.tryFailure(new ClosedChannelException());
      duePromise = null;
    }
  }
}
