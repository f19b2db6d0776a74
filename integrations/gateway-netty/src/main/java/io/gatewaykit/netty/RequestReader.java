// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.AmbiguousTargetException;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes the messages of one request at a time through its guards to the application. The head is
 * evaluated first, the body is held as far as the guards require, and the remaining body is
 * inspected as it passes.
 */
@SuppressWarnings("FutureReturnValueIgnored") // failed writes reach the promise or end the channel
final class RequestReader {
  private static final FullHttpResponse CONTINUE =
      new DefaultFullHttpResponse(
          HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER);

  private static final Logger log = LoggerFactory.getLogger(RequestReader.class);

  private final ConnectionState state;
  private final ChannelHandlerContext ctx;
  private final RequestRejecter rejecter;
  private final InspectionScheduler scheduler;
  private final PendingTimeouts timeouts;
  private final Consumer<Runnable> resume;
  private final ConnectionOrigin origin;
  private final VerdictWait waiting;

  /**
   * Creates a reader.
   *
   * @param scheduler divides the inspection of bodies
   * @param timeouts counts the pending verdicts that time out
   * @param resume runs a task that acts on a verdict, then processes the held messages
   */
  RequestReader(
      ConnectionState state,
      RequestRejecter rejecter,
      InspectionScheduler scheduler,
      PendingTimeouts timeouts,
      Consumer<Runnable> resume) {
    this.state = state;
    this.ctx = state.ctx;
    this.rejecter = rejecter;
    this.scheduler = scheduler;
    this.timeouts = timeouts;
    this.resume = resume;
    this.origin = new ConnectionOrigin(ctx.channel(), state.settings.clients());
    this.waiting = new VerdictWait(ctx, state.settings.maxPending());
  }

  void cancel() {
    waiting.cancel();
  }

  /** Processes the head of a request. Called only between requests. */
  void readHead(HttpRequest next) {
    var headers = new NettyRequest.View(next.headers());
    var view = new NettyRequest(next, headers, origin.client(headers), origin.isSecure());
    var exchange = new GuardedExchange(next, view);
    state.begin(exchange);
    if (next.decoderResult().isFailure()) {
      rejecter.reject(
          exchange, RejectionResponses.ofMalformedHead(next.decoderResult().cause()), false);
      return;
    }
    Rejection unclear = Framing.rejection(next, view);
    if (unclear != null) {
      rejecter.reject(exchange, unclear, false);
      return;
    }
    try {
      exchange.setSession(state.settings.guards().select(view).begin());
    } catch (AmbiguousTargetException e) {
      log.debug("gateway handler: ambiguous request target ({})", e.getMessage());
      rejecter.reject(exchange, RejectionResponses.BAD_REQUEST, true);
      return;
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      log.debug("gateway handler: failed to select the guards of a request", e);
      rejecter.reject(exchange, RejectionResponses.UNAVAILABLE, true);
      return;
    }
    onVerdict(exchange, exchange.session().head(view), this::onHeadAllowed);
  }

  /** Processes a chunk of the body of the current request. */
  void readContent(HttpContent content) {
    if (content.decoderResult().isFailure()) {
      content.release();
      rejecter.rejectMalformedBody();
      return;
    }
    GuardedExchange exchange = state.current();
    if (exchange == null) {
      content.release(); // does not belong to a request
      return;
    }
    ConnectionPhase phase = state.phase();
    boolean inspects =
        phase == ConnectionPhase.COLLECTING
            || phase == ConnectionPhase.PASSING && exchange.inspectsRest();
    HttpContent part = inspects ? scheduler.take(content) : content;
    switch (phase) {
      case COLLECTING -> collect(exchange, part);
      case REJECTED -> drop(exchange, content);
      case PASSING -> passContent(exchange, part);
      default -> content.release();
    }
  }

  /** Acts on a verdict immediately, after its delay, or once it is available. */
  private void onVerdict(
      GuardedExchange exchange, Verdict verdict, Consumer<? super GuardedExchange> allowed) {
    if (verdict == Verdict.Allow.INSTANCE) {
      allowed.accept(exchange);
    } else if (verdict instanceof Verdict.Reject reject) {
      rejecter.reject(exchange, reject.rejection(), true);
    } else {
      waiting.await(
          verdict,
          known -> // not null, because the verdict of a run does not fail
          resume.accept(() -> onVerdict(exchange, requireNonNull(known), allowed)),
          () ->
              resume.accept(() -> {
                timeouts.record(state.settings.maxPending());
                rejecter.reject(exchange, RejectionResponses.GUARD_TIMEOUT, true);
              }));
    }
  }

  private void onHeadAllowed(GuardedExchange exchange) {
    BodyInspector inspector =
        exchange.hasBody() ? exchange.session().inspectBody(exchange.view) : null;
    if (inspector == null) {
      state.enter(ConnectionPhase.PASSING);
      boolean ended = exchange.head instanceof LastHttpContent;
      if (ended) {
        exchange.onEndPassed();
      }
      state.pass(exchange.head);
      if (ended) {
        onRequestEnd(exchange);
      }
      return;
    }
    state.enter(ConnectionPhase.COLLECTING);
    exchange.hold(new HeldBody(inspector, state.settings.bodyBudget(), ctx.alloc()));
    if (HttpUtil.is100ContinueExpected(exchange.head)) {
      // 100 is sent here, because the guards require the body
      exchange.head.headers().remove(HttpHeaderNames.EXPECT);
      ctx.writeAndFlush(CONTINUE.retainedDuplicate());
    }
    if (exchange.head instanceof HttpContent full) {
      collect(exchange, full.retain());
    }
  }

  private void collect(GuardedExchange exchange, HttpContent content) {
    HeldBody body = requireNonNull(exchange.held());
    Rejection rejection = body.add(content);
    if (rejection != null) {
      rejecter.reject(exchange, rejection, true);
    } else if (body.isEnded() || body.exceedsHold()) {
      state.enter(ConnectionPhase.DECIDING);
      onVerdict(exchange, body.verdict(), this::onBodyAllowed);
    }
  }

  private void onBodyAllowed(GuardedExchange exchange) {
    HeldBody body = requireNonNull(exchange.takeHeld());
    state.enter(ConnectionPhase.PASSING);
    boolean ended = body.isEnded(); // read before the contents are transferred
    exchange.inspectRest(body.inspectorOfRest());
    if (ended && exchange.isFullMessage()) {
      exchange.onEndPassed();
    }
    state.pass(exchange.head);
    if (exchange.isFullMessage()) {
      body.release();
    } else {
      body.moveTo(content -> passOrDiscard(exchange, content));
    }
    if (ended) { // not earlier: a response written in between must not start the next request
      onRequestEnd(exchange);
    }
  }

  private void passOrDiscard(GuardedExchange exchange, HttpContent content) {
    if (state.is(ConnectionPhase.CLOSING)) {
      state.discard(content); // the application has closed the connection while receiving the body
      return;
    }
    if (content instanceof LastHttpContent) {
      exchange.onEndPassed();
    }
    state.pass(content);
  }

  private void passContent(GuardedExchange exchange, HttpContent content) {
    if (exchange.hasResponse() && exchange.inspectsRest()) {
      drop(exchange, content); // the guards were notified of the completion and inspect no more
      return;
    }
    Rejection rejection = exchange.inspect(content);
    if (rejection != null) {
      content.release();
      rejecter.abort(exchange, rejection);
      return;
    }
    boolean ended = content instanceof LastHttpContent;
    if (ended) {
      exchange.onEndPassed();
    }
    state.pass(content);
    if (ended) {
      onRequestEnd(exchange);
    }
  }

  private void drop(GuardedExchange exchange, HttpContent content) {
    boolean last = content instanceof LastHttpContent;
    state.discard(content);
    if (last) {
      onRequestEnd(exchange);
    }
  }

  private void onRequestEnd(GuardedExchange exchange) {
    exchange.onRequestEnd();
    state.endIfComplete(exchange);
  }
}
