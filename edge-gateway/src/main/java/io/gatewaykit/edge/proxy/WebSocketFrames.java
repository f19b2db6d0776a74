// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.request.BodyBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.CharsetUtil;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the frames of a WebSocket client as far as the guard behind it requires, and passes the
 * bytes on as they came. It emits, in order:
 *
 * <ul>
 *   <li>for a text message that is inspected, once it is complete: a {@link HeldText}, then its
 *       frames
 *   <li>for any other message, when it starts: an empty {@link BinaryWebSocketFrame}, which the
 *       guard counts, then its bytes as they arrive
 *   <li>control frames, also between the frames of a message that is held
 * </ul>
 *
 * <p>While reading is suspended, received bytes wait undecoded and are reserved in the budget. A
 * text message that is held must arrive at a minimum rate.
 *
 * <p>{@link #afterGuard} removes the messages behind the guard, so that only bytes remain. Bytes of
 * the server pass, until a close frame is due: see {@link CloseInsertion}.
 */
@SuppressWarnings("FutureReturnValueIgnored") // failed writes end the channel
final class WebSocketFrames extends ChannelDuplexHandler {
  private static final long BETWEEN_FRAMES = -1;

  private final MessagePolicy policy;
  private final BodyBudget budget;
  private final Tunnel.Activity activity;
  private final FrameRules rules;
  private final FrameHeader header = new FrameHeader();
  private final CloseInsertion closing = new CloseInsertion();
  private final HoldWatch watch = new HoldWatch();

  /** Received bytes, the first of them in part decoded. */
  private final Queue<ByteBuf> undecoded = new ArrayDeque<>(2);

  private long undecodedReserved;
  private boolean decoding;
  private boolean inputEnded;
  private long remaining = BETWEEN_FRAMES;
  private @Nullable ByteBuf control;
  private @Nullable TextHold hold;
  private long reserved;
  private boolean clientClosed;

  WebSocketFrames(MessagePolicy policy, BodyBudget budget, Tunnel.Activity activity) {
    this.policy = policy;
    this.budget = budget;
    this.activity = activity;
    rules = new FrameRules(!policy.inspectsText(), policy.maxMessageBytes());
  }

  /** Returns the handler to insert after the guard. */
  ChannelHandler afterGuard() {
    return new ChannelInboundHandlerAdapter() {
      @Override
      public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof WebSocketFrame frame) {
          frame.release();
          release(frame instanceof HeldText text ? text.reserved() : 0);
        } else {
          ctx.fireChannelRead(message);
        }
      }
    };
  }

  private void release(long bytes) {
    reserved -= bytes;
    budget.release(bytes);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    hold = new TextHold(budget, ctx.alloc());
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf bytes)) {
      ctx.fireChannelRead(message);
      return;
    }
    if (!isOver()) {
      activity.note(); // also for bytes that are held
    }
    undecoded.add(bytes);
    decode(ctx);
  }

  /** Returns whether further bytes of the client have no meaning. */
  private boolean isOver() {
    return clientClosed || closing.isDue();
  }

  /**
   * Decodes until reading is suspended: by the guard, which waits for a verdict, or by the server,
   * which is not writable. Otherwise each small frame would become several objects in the queue of
   * the guard.
   */
  private void decode(ChannelHandlerContext ctx) {
    if (decoding) {
      return; // reading was resumed by a message passed on below
    }
    decoding = true;
    try {
      while (!undecoded.isEmpty()) {
        ByteBuf bytes = undecoded.element();
        if (isOver() || !bytes.isReadable()) {
          undecoded.remove().release();
        } else if (inputEnded || ctx.channel().config().isAutoRead()) {
          close(ctx, next(ctx, bytes));
        } else {
          break;
        }
      }
    } finally {
      decoding = false;
    }
    if (!reserveUndecoded()) {
      close(ctx, WebSocketCloseStatus.TRY_AGAIN_LATER);
      releaseUndecoded();
    }
    if (isOver() || requireNonNull(hold).isEmpty()) {
      watch.stop();
    } else {
      watch.start(ctx, () -> close(ctx, WebSocketCloseStatus.POLICY_VIOLATION));
    }
  }

  private void close(ChannelHandlerContext ctx, @Nullable WebSocketCloseStatus status) {
    if (status != null) {
      closing.closeAndLinger(ctx, status);
    }
  }

  /** Reserves the bytes that wait. Returns false if the budget is exhausted. */
  private boolean reserveUndecoded() {
    long bytes = 0;
    for (ByteBuf part : undecoded) {
      bytes += part.readableBytes();
    }
    long more = bytes - undecodedReserved;
    if (more > 0 && !budget.tryReserve(more)) {
      return false;
    }
    budget.release(Math.max(0, -more));
    undecodedReserved = bytes;
    return true;
  }

  private void releaseUndecoded() {
    for (ByteBuf part = undecoded.poll(); part != null; part = undecoded.poll()) {
      part.release();
    }
    budget.release(undecodedReserved);
    undecodedReserved = 0;
  }

  /** Decodes the bytes that wait, and reads more once there are none. */
  @Override
  public void read(ChannelHandlerContext ctx) {
    if (!undecoded.isEmpty() && !decoding) {
      decode(ctx);
      ctx.fireChannelReadComplete();
    }
    if (undecoded.isEmpty()) {
      ctx.read();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    inputEnded = true;
    decode(ctx);
    ctx.fireChannelInactive();
  }

  /** Reads a header or a part of a payload. Returns the close status, or null. */
  private @Nullable WebSocketCloseStatus next(ChannelHandlerContext ctx, ByteBuf bytes) {
    if (remaining == BETWEEN_FRAMES) {
      if (!header.read(bytes)) {
        return null;
      }
      WebSocketCloseStatus violation = rules.violation(header);
      if (violation != null) {
        return violation;
      }
      remaining = header.payloadLength();
      if (!startFrame(ctx)) {
        return WebSocketCloseStatus.TRY_AGAIN_LATER;
      }
    } else {
      int size = (int) Math.min(remaining, bytes.readableBytes());
      remaining -= size;
      if (!readPayload(ctx, bytes, size)) {
        return WebSocketCloseStatus.TRY_AGAIN_LATER;
      }
    }
    return remaining == 0 ? endFrame(ctx) : null;
  }

  private boolean isHeld() {
    return policy.inspectsText() && rules.isText();
  }

  /** Returns false if the budget is exhausted. */
  private boolean startFrame(ChannelHandlerContext ctx) {
    if (header.isControl()) {
      control = ctx.alloc().buffer(FrameHeader.MAX_BYTES + (int) remaining);
      header.writeTo(control);
      return true;
    }
    if (isHeld()) {
      return requireNonNull(hold).add(header);
    }
    if (header.opcode() != FrameHeader.CONTINUATION) {
      ctx.fireChannelRead(new BinaryWebSocketFrame());
    }
    ByteBuf start = ctx.alloc().buffer(FrameHeader.MAX_BYTES);
    header.writeTo(start);
    ctx.fireChannelRead(start);
    return true;
  }

  private boolean readPayload(ChannelHandlerContext ctx, ByteBuf bytes, int size) {
    if (control != null) {
      control.writeBytes(bytes, size);
    } else if (isHeld()) {
      watch.received(size);
      return requireNonNull(hold).add(bytes, size);
    } else {
      ctx.fireChannelRead(bytes.readRetainedSlice(size));
    }
    return true;
  }

  private @Nullable WebSocketCloseStatus endFrame(ChannelHandlerContext ctx) {
    ByteBuf complete = control;
    boolean message = complete == null && isHeld() && header.isFinal();
    boolean closes = complete != null && header.opcode() == FrameHeader.CLOSE;
    if (closes && FrameRules.isMalformedClose(header, requireNonNull(complete))) {
      return WebSocketCloseStatus.PROTOCOL_ERROR; // released with this handler
    }
    header.clear();
    remaining = BETWEEN_FRAMES;
    control = null;
    clientClosed = closes;
    if (complete != null) {
      ctx.fireChannelRead(complete);
    }
    return message ? passText(ctx) : null;
  }

  private @Nullable WebSocketCloseStatus passText(ChannelHandlerContext ctx) {
    TextHold held = requireNonNull(hold);
    HeldText text = held.complete();
    ByteBuf frames = held.takeFrames();
    watch.stop();
    reserved += text.reserved();
    if (!ByteBufUtil.isText(text.content(), CharsetUtil.UTF_8)) {
      text.release();
      frames.release();
      return WebSocketCloseStatus.INVALID_PAYLOAD_DATA;
    }
    ctx.fireChannelRead(text);
    ctx.fireChannelRead(frames);
    return null;
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    closing.write(ctx, message, promise);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    closing.cancel();
    watch.stop();
    releaseUndecoded();
    if (control != null) {
      control.release();
      control = null;
    }
    requireNonNull(hold).release();
    release(reserved);
  }
}
