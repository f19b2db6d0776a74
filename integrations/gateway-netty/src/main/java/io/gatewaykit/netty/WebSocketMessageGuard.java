package io.gatewaykit.netty;

import static java.util.Objects.requireNonNull;

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
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has each message that a WebSocket client sends judged before the application sees it. It stands
 * behind {@code WebSocketFrameAggregator}, because a message in pieces cannot be judged: one that
 * arrives so is refused. {@link GatewayHandler} stays in the pipeline: it knows the request that
 * opened the WebSocket.
 *
 * <p>Refused messages close the WebSocket: with code 1013 (try again later) where the rejection's
 * status is 429 or 503, else with 1008 (policy violation). A check that fails closes it with 1011.
 * A delay stops the reading. One instance serves one channel.
 */
@SuppressWarnings("FutureReturnValueIgnored") // failed writes end the channel
public final class WebSocketMessageGuard extends ChannelDuplexHandler {
  private static final Logger log = LoggerFactory.getLogger(WebSocketMessageGuard.class);

  private final List<MessageCheck> checks;
  private final Queue<Object> held = new ArrayDeque<>(4);
  private boolean waiting;
  private final ReadPause pause = new ReadPause();
  private boolean readSuppressed;
  private boolean closing;
  private int asked;
  private long longestDelay;
  private @Nullable WebSocketFrame judged;
  private BodyView payload = BodyView.empty();
  private @Nullable Future<?> timer;

  private WebSocketMessageGuard(List<MessageCheck> checks) {
    this.checks = checks;
  }

  /**
   * Returns a handler that asks the checks in order, until one refuses.
   *
   * @throws IllegalArgumentException if there are none
   */
  public static WebSocketMessageGuard of(MessageCheck... checks) {
    if (checks.length == 0) {
      throw new IllegalArgumentException("checks: none (expected: at least one)");
    }
    return new WebSocketMessageGuard(List.of(checks));
  }

  /**
   * Closes the channel's WebSocket with code 1012 (service restart), so that its client connects
   * anew: for draining.
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
    } else if (waiting) {
      held.add(message);
    } else {
      judge(ctx, message);
    }
    if (waiting) {
      pause.begin(ctx.channel());
    }
  }

  private void judge(ChannelHandlerContext ctx, Object message) {
    boolean data = message instanceof TextWebSocketFrame || message instanceof BinaryWebSocketFrame;
    if (!data && !(message instanceof ContinuationWebSocketFrame)) {
      ctx.fireChannelRead(message); // ping, pong, close
      return;
    }
    WebSocketFrame frame = (WebSocketFrame) message;
    judged = frame;
    asked = 0;
    longestDelay = 0;
    if (!data || !frame.isFinalFragment()) {
      refuse(ctx, WebSocketCloseStatus.POLICY_VIOLATION);
    } else {
      payload = BodyView.of(ByteBufUtil.getBytes(frame.content()));
      ask(ctx);
    }
  }

  /** Asks the checks that were not asked yet. */
  private void ask(ChannelHandlerContext ctx) {
    waiting = false;
    while (asked < checks.size()) {
      Verdict verdict = verdict(ctx.channel(), checks.get(asked++));
      if (verdict instanceof Verdict.Pending pending) {
        waiting = true;
        pending
            .verdict()
            .whenComplete((known, failure) -> ctx.executor().execute(() -> resume(ctx, known)));
        return;
      }
      if (!accept(ctx, verdict)) {
        return;
      }
    }
    if (longestDelay > 0) {
      waiting = true;
      timer = ctx.executor().schedule(() -> pass(ctx), longestDelay, TimeUnit.NANOSECONDS);
    } else {
      passJudged(ctx);
    }
  }

  private @Nullable Verdict verdict(Channel channel, MessageCheck check) {
    GatewayRequest upgrade = GatewayHandler.request(channel).orElse(null);
    if (upgrade == null) {
      log.debug("the request that opened the WebSocket is not known; is GatewayHandler there?");
      return null;
    }
    try {
      return check.check(upgrade, payload);
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      log.debug("a message check failed", e);
      return null;
    }
  }

  /** Whether the message may go on; if not, the WebSocket is closed. */
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
      refuse(
          ctx,
          later ? WebSocketCloseStatus.TRY_AGAIN_LATER : WebSocketCloseStatus.POLICY_VIOLATION);
    } else {
      refuse(ctx, WebSocketCloseStatus.INTERNAL_SERVER_ERROR);
    }
    return false;
  }

  private void resume(ChannelHandlerContext ctx, @Nullable Verdict known) {
    if (closing) {
      return;
    }
    if (accept(ctx, known)) {
      ask(ctx);
    }
    goOn(ctx);
  }

  private void pass(ChannelHandlerContext ctx) {
    waiting = false;
    passJudged(ctx);
    goOn(ctx);
  }

  private void passJudged(ChannelHandlerContext ctx) {
    WebSocketFrame frame = requireNonNull(judged);
    judged = null;
    payload = BodyView.empty();
    ctx.fireChannelRead(frame);
  }

  /** Judges what was held back, as far as it may, then resumes reading. */
  private void goOn(ChannelHandlerContext ctx) {
    while (!waiting && !closing) {
      Object next = held.poll();
      if (next == null) {
        break;
      }
      judge(ctx, next);
    }
    if (!waiting) {
      pause.end(ctx.channel());
      if (readSuppressed) {
        readSuppressed = false;
        ctx.read();
      }
    }
  }

  private void refuse(ChannelHandlerContext ctx, WebSocketCloseStatus status) {
    release();
    LingeringClose.after(ctx, ctx.writeAndFlush(new CloseWebSocketFrame(status)));
  }

  @Override
  public void read(ChannelHandlerContext ctx) {
    if (waiting) {
      readSuppressed = true;
    } else {
      ctx.read();
    }
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (closing) {
      ReferenceCountUtil.release(message); // nothing may follow a close frame
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
    if (timer != null) {
      timer.cancel(false);
    }
    ReferenceCountUtil.release(judged);
    judged = null;
    for (Object next = held.poll(); next != null; next = held.poll()) {
      ReferenceCountUtil.release(next);
    }
  }
}
