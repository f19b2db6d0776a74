package io.gatewaykit.netty;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.Completion.How;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leads the requests of one connection through their guards, one after the other. Runs on the
 * channel's event loop only, so it needs no locks.
 *
 * <p>Messages that may not go on yet wait in {@link #held}; as long as there are any, nothing more
 * is read, so they are at most what one read brought.
 */
@SuppressWarnings("FutureReturnValueIgnored") // failed writes reach the promise or end the channel
final class ConnectionGuard {
  private enum Phase {
    /** Between two requests. */
    IDLE,
    /** A verdict on the head or body is awaited. */
    DECIDING,
    /** The body is collected for the guards. */
    COLLECTING,
    /** The request was allowed: its messages go on. */
    PASSING,
    /** The request was refused: the rest of it is dropped. */
    REFUSED,
    /** The connection was upgraded: nothing is guarded any more. */
    TUNNEL,
    /** The connection is over, or will be soon: whatever still comes is dropped. */
    CLOSING
  }

  /**
   * How much of a refused request's body is read and dropped before the connection is closed
   * instead.
   */
  private static final int MAX_DROPPED = 1 << 20;

  private static final FullHttpResponse CONTINUE =
      new DefaultFullHttpResponse(
          HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER);

  private static final Logger log = LoggerFactory.getLogger(GatewayHandler.class);

  private final GatewayHandler handler;
  private final ChannelHandlerContext ctx;
  private final Origin origin;
  private final Queue<Object> held = new ArrayDeque<>(4);
  private final ReadGate gate;
  private Phase phase = Phase.IDLE;
  private boolean draining;
  private boolean closedByApplication;
  private long dropped;
  private @Nullable Exchange current;
  private @Nullable Future<?> timer;

  ConnectionGuard(GatewayHandler handler, ChannelHandlerContext ctx) {
    this.handler = handler;
    this.ctx = ctx;
    this.origin = new Origin(ctx.channel(), handler.clients);
    this.gate = new ReadGate(ctx);
  }

  /** Whether it belongs to this place in the pipeline. */
  boolean isAt(ChannelHandlerContext place) {
    return ctx.equals(place);
  }

  /** The request whose messages or response pass now, or that led to the upgrade. */
  @Nullable GatewayRequest request() {
    Exchange exchange = phase == Phase.PASSING || phase == Phase.TUNNEL ? current : null;
    return exchange == null ? null : exchange.view;
  }

  void read(Object message) {
    if (phase == Phase.TUNNEL) {
      pass(message);
    } else if (phase == Phase.CLOSING) {
      discard(message);
    } else if (!held.isEmpty() || phase == Phase.DECIDING) {
      held.add(message);
    } else {
      process(message);
    }
    if (isBlocked()) {
      gate.close();
    }
  }

  boolean mayRead() {
    return gate.mayRead();
  }

  void readComplete() {
    gate.readComplete();
  }

  private boolean isBlocked() {
    return phase == Phase.DECIDING || !held.isEmpty();
  }

  private void process(Object message) {
    if (message instanceof HttpRequest next) {
      if (phase != Phase.IDLE) {
        held.add(message); // its turn comes when the current response has been sent
        return;
      }
      begin(next);
      return;
    }
    if (!(message instanceof HttpContent content)) {
      pass(message);
      return;
    }
    if (content.decoderResult().isFailure()) {
      content.release();
      malformedBody();
      return;
    }
    Exchange exchange = current;
    if (exchange == null) {
      content.release(); // belongs to no request
      return;
    }
    switch (phase) {
      case COLLECTING -> collect(exchange, content);
      case REFUSED -> drop(exchange, content);
      case PASSING -> passContent(exchange, content);
      default -> content.release();
    }
  }

  private void begin(HttpRequest next) {
    var headers = new NettyRequest.View(next.headers());
    var view = new NettyRequest(next, headers, origin.client(headers), origin.isSecure());
    var exchange = new Exchange(next, view);
    current = exchange;
    phase = Phase.DECIDING;
    if (next.decoderResult().isFailure()) {
      refuse(exchange, Refusal.ofMalformedHead(next.decoderResult().cause()), false);
      return;
    }
    Rejection unclear = Framing.refusal(next);
    if (unclear != null) {
      refuse(exchange, unclear, false);
      return;
    }
    try {
      exchange.guardedBy(handler.guards.select(view).begin());
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      log.debug("the guards of a request could not be chosen", e);
      refuse(exchange, Refusal.UNAVAILABLE, true);
      return;
    }
    decided(exchange, exchange.run().head(view), this::headAllowed);
  }

  /** Acts on a verdict now, after its delay, or when it is known. */
  private void decided(Exchange exchange, Verdict verdict, Consumer<? super Exchange> allowed) {
    if (verdict == Verdict.Allow.INSTANCE) {
      allowed.accept(exchange);
    } else if (verdict instanceof Verdict.Reject reject) {
      refuse(exchange, reject.rejection(), true);
    } else if (verdict instanceof Verdict.Delay delay) {
      timer =
          ctx.executor()
              .schedule(() -> resume(exchange, allowed), delay.nanos(), TimeUnit.NANOSECONDS);
    } else if (verdict instanceof Verdict.Pending pending) {
      pending
          .verdict()
          .whenComplete((known, never) ->
              ctx.executor()
                  .execute(() -> {
                    if (exchange == current && phase == Phase.DECIDING) {
                      decided(exchange, known, allowed);
                      drain();
                    }
                  }));
    }
  }

  private void resume(Exchange exchange, Consumer<? super Exchange> allowed) {
    timer = null;
    allowed.accept(exchange);
    drain();
  }

  private void headAllowed(Exchange exchange) {
    int wanted = exchange.run().bodyBytesWanted(exchange.view);
    if (wanted == 0 || !exchange.hasBody()) {
      phase = Phase.PASSING;
      pass(exchange.head);
      if (exchange.head instanceof LastHttpContent) {
        requestEnded(exchange);
      }
      return;
    }
    phase = Phase.COLLECTING;
    exchange.collects(wanted);
    if (HttpUtil.is100ContinueExpected(exchange.head)) {
      exchange.head.headers().remove(HttpHeaderNames.EXPECT); // the guards need the body
      ctx.writeAndFlush(CONTINUE.retainedDuplicate());
    }
    if (exchange.head instanceof HttpContent full) {
      collect(exchange, full.retain());
    }
  }

  private void collect(Exchange exchange, HttpContent content) {
    CollectedBody body = requireNonNull(exchange.collected());
    body.add(content);
    if (body.isEnded() || body.isEnough()) {
      phase = Phase.DECIDING;
      decided(exchange, exchange.run().body(exchange.view, body.view()), this::bodyAllowed);
    }
  }

  private void bodyAllowed(Exchange exchange) {
    CollectedBody body = requireNonNull(exchange.takeCollected());
    phase = Phase.PASSING;
    boolean ended = body.isEnded(); // asked before the contents are gone
    pass(exchange.head);
    if (exchange.isWhole()) {
      body.release();
    } else {
      body.moveTo(this::passOrDiscard);
    }
    if (ended) { // not before: a response that comes meanwhile must not begin the next request
      requestEnded(exchange);
    }
  }

  private void passOrDiscard(Object message) {
    if (phase == Phase.CLOSING) {
      discard(message); // the application closed the channel while it was given the body
    } else {
      pass(message);
    }
  }

  private void passContent(Exchange exchange, HttpContent content) {
    pass(content);
    if (content instanceof LastHttpContent) {
      requestEnded(exchange);
    }
  }

  private void pass(Object message) {
    gate.passed();
    ctx.fireChannelRead(message);
  }

  private void requestEnded(Exchange exchange) {
    exchange.requestEnded();
    endIfOver(exchange);
  }

  private void refuse(Exchange exchange, Rejection rejection, boolean reusable) {
    phase = Phase.REFUSED;
    exchange.requestEndedIfReceived();
    exchange.releaseCollected();
    // A client that waits for 100 may or may not send its body now: only closing is unambiguous.
    boolean expects = HttpUtil.is100ContinueExpected(exchange.head);
    dropped = 0;
    answer(exchange, rejection, reusable && !expects && HttpUtil.isKeepAlive(exchange.head));
    ReferenceCountUtil.release(exchange.head);
  }

  /** Sends the refusal, which ends the response, and closes the connection if it must not go on. */
  private void answer(Exchange exchange, Rejection rejection, boolean keepAlive) {
    var response =
        Refusal.response(handler.renderer, exchange.view, exchange.head, rejection, keepAlive);
    exchange.status(response.status().code());
    exchange.complete(How.REJECTED);
    exchange.responseEnded();
    if (keepAlive) {
      ctx.writeAndFlush(response);
      endIfOver(exchange);
    } else {
      phase = Phase.CLOSING;
      LingeringClose.after(ctx, ctx.writeAndFlush(response));
    }
  }

  /** The codec lost its way: nothing that follows can be told apart any more. */
  private void malformedBody() {
    Exchange exchange = current;
    if (phase == Phase.COLLECTING && exchange != null) {
      refuse(exchange, Refusal.BAD_REQUEST, false);
    } else if (phase == Phase.PASSING && exchange != null && exchange.status() == 0) {
      answer(exchange, Refusal.BAD_REQUEST, false);
    } else {
      boolean answered = exchange == null || exchange.isAnswered();
      phase = Phase.CLOSING;
      if (answered) {
        LingeringClose.after(ctx, ctx.writeAndFlush(Unpooled.EMPTY_BUFFER));
      } else {
        ctx.close(); // in the middle of a response: a clean end would make it look whole
      }
    }
  }

  private void drop(Exchange exchange, HttpContent content) {
    boolean last = content instanceof LastHttpContent;
    discard(content);
    if (last) {
      requestEnded(exchange);
    }
  }

  private void discard(Object message) {
    if (message instanceof HttpContent content) {
      dropped += content.content().readableBytes();
    }
    ReferenceCountUtil.release(message);
    if (dropped > MAX_DROPPED) {
      phase = Phase.CLOSING;
      ctx.close();
    }
  }

  void write(Object message, ChannelPromise promise) {
    if (phase == Phase.CLOSING) {
      ReferenceCountUtil.release(message); // the last word was said here
      promise.tryFailure(new ClosedChannelException());
      return;
    }
    Exchange exchange = phase == Phase.TUNNEL ? null : current;
    if (exchange != null && message instanceof HttpResponse response) {
      writeHead(exchange, response);
    }
    boolean last =
        message instanceof LastHttpContent && exchange != null && exchange.status() >= 200;
    ctx.write(message, promise); // after which the message is not ours to look at
    if (last && exchange != null && phase == Phase.PASSING) {
      exchange.complete(How.SERVED);
      exchange.responseEnded();
      endIfOver(exchange);
      drain();
    }
  }

  private void writeHead(Exchange exchange, HttpResponse response) {
    int code = response.status().code();
    if (code < 200 && code != 101) {
      return;
    }
    exchange.status(code);
    if (exchange.run().wantsResponse()) {
      exchange.run().response(exchange.view, new NettyResponse(response));
    }
    boolean connected = code < 300 && exchange.view.method().equals(HttpMethod.CONNECT.name());
    if (code == 101 || connected) {
      exchange.complete(How.SERVED);
      phase = Phase.TUNNEL;
      drain();
    }
  }

  private void endIfOver(Exchange exchange) {
    if ((phase == Phase.PASSING || phase == Phase.REFUSED) && exchange.isOver()) {
      phase = Phase.IDLE;
      current = null;
    }
  }

  /** Lets held messages go on as far as they may, then resumes reading. */
  private void drain() {
    if (draining) {
      return; // a response written while draining: the loop below goes on, the stack does not grow
    }
    draining = true;
    while (phase != Phase.DECIDING) {
      Object next = held.peek();
      boolean open = phase != Phase.TUNNEL && phase != Phase.CLOSING;
      if (next == null || next instanceof HttpRequest && open && phase != Phase.IDLE) {
        break;
      }
      held.remove();
      if (phase == Phase.TUNNEL) {
        pass(next);
      } else if (phase == Phase.CLOSING) {
        discard(next);
      } else {
        process(next);
      }
    }
    draining = false;
    if (!isBlocked()) {
      gate.open();
    }
  }

  /** The application closes the channel. */
  void closedByApplication() {
    closedByApplication = phase == Phase.PASSING;
  }

  /** This handler leaves the pipeline: what it kept of a tunnel's bytes goes on. */
  void removed() {
    if (phase == Phase.TUNNEL) {
      for (Object next = held.poll(); next != null; next = held.poll()) {
        ctx.fireChannelRead(next);
      }
    }
    close();
    gate.leave();
  }

  /** The connection is over: whatever was under way is cancelled, whatever waited is released. */
  void close() {
    if (timer != null) {
      timer.cancel(false);
    }
    Exchange exchange = current;
    boolean headIsOurs = phase == Phase.DECIDING || phase == Phase.COLLECTING;
    phase = Phase.CLOSING;
    if (exchange != null) {
      if (headIsOurs) {
        ReferenceCountUtil.release(exchange.head);
      }
      exchange.complete(closedByApplication ? How.FAILED : How.CANCELLED);
      exchange.releaseCollected();
      current = null;
    }
    for (Object next = held.poll(); next != null; next = held.poll()) {
      ReferenceCountUtil.release(next);
    }
  }
}
