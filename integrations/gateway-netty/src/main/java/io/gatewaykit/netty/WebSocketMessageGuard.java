// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import static io.gatewaykit.api.internal.Arguments.outside;
import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.MessageCheck;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.BodyView;
import io.gatewaykit.api.request.GatewayRequest;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks each message from a WebSocket client before the application receives it. Place it after
 * {@code WebSocketFrameAggregator}, because only complete messages can be checked; a fragmented one
 * is rejected. {@link GatewayHandler} must stay in the pipeline, because it holds the request that
 * opened the WebSocket.
 *
 * <p>A rejected message closes the WebSocket: with code 1013 (try again later) if the status of the
 * rejection is 429 or 503, otherwise with 1008 (policy violation). A check that fails, or that
 * stays pending for 30 s, closes it with 1011. Large messages can be inspected in slices, see
 * {@link MessageCheck#inspectLarge}. A delay suspends reading; automatic reading is restored before
 * the delayed message is passed on, so the application can turn it off when it receives the
 * message. One instance serves one channel.
 */
@SuppressWarnings("FutureReturnValueIgnored") // failed writes end the channel
public final class WebSocketMessageGuard extends ChannelDuplexHandler {
  private static final Logger log = LoggerFactory.getLogger(WebSocketMessageGuard.class);

  private final List<MessageCheck> checks;
  private final Queue<Object> held = new ArrayDeque<>(4);
  private boolean waiting;
  private final ReadPause pause = new ReadPause();
  private boolean readSuppressed;

  /** Whether messages are passed on after a wait. Nothing is read meanwhile. */
  private boolean passing;

  private boolean closing;
  private int nextCheck;
  private long longestDelay;
  private @Nullable WebSocketFrame checked;
  private BodyView payload = BodyView.empty();
  private @Nullable VerdictWait verdictWait;
  private @Nullable SlicedInspection sliced;

  private WebSocketMessageGuard(List<MessageCheck> checks) {
    this.checks = checks;
  }

  /**
   * Returns a handler that evaluates the checks in order up to the first rejection.
   *
   * @throws IllegalArgumentException if there are none
   */
  public static WebSocketMessageGuard of(MessageCheck... checks) {
    if (checks.length == 0) {
      throw outside("checks", "none", "at least one");
    }
    return new WebSocketMessageGuard(List.of(checks));
  }

  /**
   * Closes the channel's WebSocket with code 1012 (service restart), so that its client reconnects.
   * For connection draining.
   */
  public static ChannelFuture drain(Channel channel) {
    return channel
        .writeAndFlush(new CloseWebSocketFrame(WebSocketCloseStatus.SERVICE_RESTART))
        .addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (closing) {
      ReferenceCountUtil.release(message);
    } else if (waiting || passing) {
      held.add(message);
    } else {
      check(ctx, message);
    }
    if (waiting) {
      pause.begin(ctx.channel());
    }
  }

  private void check(ChannelHandlerContext ctx, Object message) {
    boolean data = message instanceof TextWebSocketFrame || message instanceof BinaryWebSocketFrame;
    if (!data && !(message instanceof ContinuationWebSocketFrame)) {
      ctx.fireChannelRead(message); // ping, pong, close
      return;
    }
    WebSocketFrame frame = (WebSocketFrame) message;
    checked = frame;
    nextCheck = 0;
    longestDelay = 0;
    if (!data || !frame.isFinalFragment()) {
      reject(ctx, WebSocketCloseStatus.POLICY_VIOLATION);
    } else {
      payload = BodyView.of(ByteBufUtil.getBytes(frame.content()));
      evaluate(ctx);
    }
  }

  /** Evaluates the remaining checks. */
  private void evaluate(ChannelHandlerContext ctx) {
    waiting = false;
    while (nextCheck < checks.size()) {
      Verdict verdict = verdict(ctx, checks.get(nextCheck++));
      if (verdict instanceof Verdict.Pending) {
        waiting = true;
        verdictWait(ctx)
            .await(
                verdict,
                known -> resume(ctx, known),
                () -> {
                  startPassing(ctx);
                  reject(ctx, WebSocketCloseStatus.INTERNAL_SERVER_ERROR);
                  checkHeld(ctx);
                });
        return;
      }
      if (!accept(ctx, verdict)) {
        return;
      }
    }
    if (longestDelay > 0) {
      waiting = true;
      verdictWait(ctx).await(Verdict.delayNanos(longestDelay), known -> pass(ctx), () -> {});
    } else {
      passChecked(ctx);
    }
  }

  private VerdictWait verdictWait(ChannelHandlerContext ctx) {
    VerdictWait known = verdictWait;
    if (known == null) {
      known = new VerdictWait(ctx, VerdictWait.MAX_PENDING);
      verdictWait = known;
    }
    return known;
  }

  private @Nullable Verdict verdict(ChannelHandlerContext ctx, MessageCheck check) {
    GatewayRequest upgrade = GatewayHandler.request(ctx.channel()).orElse(null);
    if (upgrade == null) {
      log.debug("websocket guard: no upgrade request (expected: GatewayHandler in the pipeline)");
      return null;
    }
    try {
      if (payload.length() > HeldBody.SLICE) {
        BodyInspector inspector = check.inspectLarge(upgrade);
        if (inspector != null) {
          sliced = new SlicedInspection(ctx.executor(), inspector, payload);
          return sliced.start();
        }
      }
      return check.check(upgrade, payload);
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      log.debug("websocket guard: message check threw an exception", e);
      return null;
    }
  }

  /** Returns whether the message may pass. If not, the WebSocket is closed. */
  private boolean accept(ChannelHandlerContext ctx, @Nullable Verdict verdict) {
    if (verdict == Verdict.Allow.INSTANCE) {
      return true;
    }
    if (verdict instanceof Verdict.Delay delay) {
      longestDelay = Math.max(longestDelay, delay.nanos());
      return true;
    }
    if (verdict instanceof Verdict.Reject reject) {
      int status = reject.rejection().status();
      boolean later = status == 429 || status == 503;
      reject(
          ctx,
          later ? WebSocketCloseStatus.TRY_AGAIN_LATER : WebSocketCloseStatus.POLICY_VIOLATION);
    } else {
      reject(ctx, WebSocketCloseStatus.INTERNAL_SERVER_ERROR);
    }
    return false;
  }

  private void resume(ChannelHandlerContext ctx, @Nullable Verdict known) {
    startPassing(ctx);
    if (accept(ctx, known)) {
      evaluate(ctx);
    }
    checkHeld(ctx);
  }

  private void pass(ChannelHandlerContext ctx) {
    startPassing(ctx);
    waiting = false;
    passChecked(ctx);
    checkHeld(ctx);
  }

  /**
   * Restores automatic reading before messages are passed on. Doing so afterwards would undo it if
   * the application turned it off.
   */
  private void startPassing(ChannelHandlerContext ctx) {
    passing = true;
    boolean requested = readSuppressed;
    pause.end(ctx.channel()); // the read that this triggers is suppressed
    readSuppressed = requested;
  }

  private void passChecked(ChannelHandlerContext ctx) {
    WebSocketFrame frame = requireNonNull(checked);
    checked = null;
    sliced = null;
    payload = BodyView.empty();
    ctx.fireChannelRead(frame);
  }

  /** Checks held messages as far as possible, then resumes reading. */
  private void checkHeld(ChannelHandlerContext ctx) {
    while (!waiting && !closing) {
      Object next = held.poll();
      if (next == null) {
        break;
      }
      check(ctx, next);
    }
    passing = false;
    ctx.fireChannelReadComplete(); // applications flush then
    if (waiting) {
      pause.begin(ctx.channel());
    } else if (readSuppressed || ctx.channel().config().isAutoRead()) {
      readSuppressed = false;
      ctx.read();
    }
  }

  private void reject(ChannelHandlerContext ctx, WebSocketCloseStatus status) {
    release();
    LingeringClose.after(ctx, ctx.writeAndFlush(new CloseWebSocketFrame(status)));
  }

  @Override
  public void read(ChannelHandlerContext ctx) {
    if (waiting || passing) {
      readSuppressed = true;
    } else {
      ctx.read();
    }
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (closing) {
      ReferenceCountUtil.release(message); // no message may follow a close frame
      promise.tryFailure(new ClosedChannelException());
    } else {
      ctx.write(message, promise);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    release();
    ctx.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    release();
  }

  private void release() {
    closing = true;
    waiting = false;
    if (verdictWait != null) {
      verdictWait.cancel();
    }
    if (sliced != null) {
      sliced.cancel();
      sliced = null;
    }
    ReferenceCountUtil.release(checked);
    checked = null;
    for (Object next = held.poll(); next != null; next = held.poll()) {
      ReferenceCountUtil.release(next);
    }
  }
}
