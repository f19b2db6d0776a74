package io.gatewaykit.netty;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.Completion.How;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardRun;
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
  private Phase phase = Phase.IDLE;
  private final ReadPause pause = new ReadPause();
  private boolean readSuppressed;
  private boolean draining;
  private boolean requestEnded;
  private boolean responseEnded;
  private boolean ownReadDue;
  private boolean passedSinceRead;
  private boolean closedByApplication;
  private long dropped;
  private int status;
  private @Nullable NettyRequest request;
  private @Nullable GuardRun run;
  private @Nullable HttpRequest head;
  private @Nullable CollectedBody collected;
  private @Nullable Future<?> timer;

  ConnectionGuard(GatewayHandler handler, ChannelHandlerContext ctx) {
    this.handler = handler;
    this.ctx = ctx;
    this.origin = new Origin(ctx.channel(), handler.clients);
  }

  /** Whether it belongs to this place in the pipeline. */
  boolean isAt(ChannelHandlerContext place) {
    return ctx.equals(place);
  }

  /** The request whose messages or response pass now, or that led to the upgrade. */
  @Nullable GatewayRequest request() {
    return phase == Phase.PASSING || phase == Phase.TUNNEL ? request : null;
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
      pause.begin(ctx.channel());
    }
  }

  /** Whether the channel may be read now; if not, it is read as soon as it may. */
  boolean mayRead() {
    passedSinceRead = false;
    readSuppressed = isBlocked();
    return !readSuppressed;
  }

  private boolean isBlocked() {
    return phase == Phase.DECIDING || !held.isEmpty();
  }

  /**
   * Reads on for the application that reads by hand, if nothing of what came was for it: it cannot
   * know that there is something to read for.
   */
  void readComplete() {
    if (passedSinceRead || ctx.channel().config().isAutoRead()) {
      return;
    }
    if (isBlocked()) {
      ownReadDue = true;
    } else {
      ctx.read();
    }
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
    switch (phase) {
      case COLLECTING -> collect(content);
      case REFUSED -> drop(content);
      case PASSING -> passContent(content);
      default -> content.release(); // belongs to no request
    }
  }

  private void begin(HttpRequest next) {
    var headers = new NettyRequest.View(next.headers());
    NettyRequest view = new NettyRequest(next, headers, origin.client(headers), origin.isSecure());
    head = next;
    request = view;
    run = GuardChain.empty().begin();
    requestEnded = false;
    responseEnded = false;
    status = 0;
    phase = Phase.DECIDING;
    if (next.decoderResult().isFailure()) {
      refuse(Refusal.ofMalformedHead(next.decoderResult().cause()), false);
      return;
    }
    if (Framing.isAmbiguous(next)) {
      refuse(Refusal.BAD_REQUEST, false);
      return;
    }
    GuardRun guardRun;
    try {
      guardRun = handler.guards.select(view).begin();
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      log.debug("the guards of a request could not be chosen", e);
      refuse(Refusal.UNAVAILABLE);
      return;
    }
    run = guardRun;
    decided(guardRun.head(view), this::headAllowed);
  }

  /** Acts on a verdict now, after its delay, or when it is known. */
  private void decided(Verdict verdict, Runnable allowed) {
    if (verdict == Verdict.Allow.INSTANCE) {
      allowed.run();
    } else if (verdict instanceof Verdict.Reject reject) {
      refuse(reject.rejection());
    } else if (verdict instanceof Verdict.Delay delay) {
      timer = ctx.executor().schedule(() -> resume(allowed), delay.nanos(), TimeUnit.NANOSECONDS);
    } else if (verdict instanceof Verdict.Pending pending) {
      NettyRequest waiting = request;
      pending
          .verdict()
          .whenComplete((known, failure) ->
              ctx.executor()
                  .execute(() -> {
                    if (waiting == request && phase == Phase.DECIDING) {
                      decided(known, allowed);
                      drain();
                    }
                  }));
    }
  }

  private void resume(Runnable allowed) {
    timer = null;
    allowed.run();
    drain();
  }

  private void headAllowed() {
    HttpRequest current = head;
    if (current == null || run == null || request == null) {
      return;
    }
    int wanted = run.bodyBytesWanted(request);
    boolean hasBody =
        HttpUtil.isTransferEncodingChunked(current) || HttpUtil.getContentLength(current, 0L) > 0;
    if (wanted == 0 || !hasBody) {
      phase = Phase.PASSING;
      pass(current);
      if (current instanceof LastHttpContent) {
        requestEnded();
      }
      return;
    }
    phase = Phase.COLLECTING;
    collected = new CollectedBody(wanted);
    if (HttpUtil.is100ContinueExpected(current)) {
      current.headers().remove(HttpHeaderNames.EXPECT); // answered here: the guards need the body
      ctx.writeAndFlush(CONTINUE.retainedDuplicate());
    }
    if (current instanceof HttpContent full) {
      collect(full.retain());
    }
  }

  private void collect(HttpContent content) {
    CollectedBody body = requireNonNull(collected);
    body.add(content);
    if (!body.isEnded() && !body.isEnough() || run == null || request == null) {
      return;
    }
    phase = Phase.DECIDING;
    decided(run.body(request, body.view()), this::bodyAllowed);
  }

  private void bodyAllowed() {
    CollectedBody body = collected;
    HttpRequest current = head;
    if (current == null || body == null) {
      return;
    }
    phase = Phase.PASSING;
    collected = null;
    boolean ended = body.isEnded(); // asked before the contents are gone
    boolean whole = current instanceof HttpContent; // an aggregated request is one message
    pass(current);
    if (whole) {
      body.release();
    } else {
      body.moveTo(this::passOrDiscard);
    }
    if (ended) {
      requestEnded(); // not before: a response that comes meanwhile must not begin the next request
    }
  }

  private void passOrDiscard(Object message) {
    if (phase == Phase.CLOSING) {
      discard(message); // the application closed the channel while it was given the body
    } else {
      pass(message);
    }
  }

  private void passContent(HttpContent content) {
    pass(content);
    if (content instanceof LastHttpContent) {
      requestEnded();
    }
  }

  private void pass(Object message) {
    passedSinceRead = true;
    ctx.fireChannelRead(message);
  }

  private void requestEnded() {
    requestEnded = true;
    endIfBothEnded();
  }

  private void refuse(Rejection rejection) {
    refuse(rejection, true);
  }

  private void refuse(Rejection rejection, boolean reusable) {
    HttpRequest current = head;
    if (current == null) {
      return;
    }
    phase = Phase.REFUSED;
    requestEnded |= current instanceof LastHttpContent || collected != null && collected.isEnded();
    releaseCollected();
    // A client that waits for 100 may or may not send its body now: only closing is unambiguous.
    boolean expects = HttpUtil.is100ContinueExpected(current);
    dropped = 0;
    answer(rejection, reusable && !expects && HttpUtil.isKeepAlive(current));
    ReferenceCountUtil.release(current);
  }

  /** Sends the refusal, which ends the response, and closes the connection if it must not go on. */
  private void answer(Rejection rejection, boolean keepAlive) {
    HttpRequest current = requireNonNull(head);
    NettyRequest view = requireNonNull(request);
    var response = Refusal.response(handler.renderer, view, current, rejection, keepAlive);
    status = response.status().code();
    complete(How.REJECTED);
    responseEnded = true;
    if (keepAlive) {
      ctx.writeAndFlush(response);
      endIfBothEnded();
    } else {
      phase = Phase.CLOSING;
      LingeringClose.after(ctx, ctx.writeAndFlush(response));
    }
  }

  /** The codec lost its way: nothing that follows can be told apart any more. */
  private void malformedBody() {
    if (phase == Phase.COLLECTING) {
      refuse(Refusal.BAD_REQUEST, false);
    } else if (phase == Phase.PASSING && status == 0) {
      answer(Refusal.BAD_REQUEST, false);
    } else {
      boolean answered = responseEnded;
      phase = Phase.CLOSING;
      if (answered) {
        LingeringClose.after(ctx, ctx.writeAndFlush(Unpooled.EMPTY_BUFFER));
      } else {
        ctx.close(); // in the middle of a response: a clean end would make it look whole
      }
    }
  }

  private void drop(HttpContent content) {
    boolean last = content instanceof LastHttpContent;
    discard(content);
    if (last) {
      requestEnded();
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
    if (phase != Phase.TUNNEL && message instanceof HttpResponse response) {
      writeHead(response);
    }
    boolean last = message instanceof LastHttpContent && status >= 200;
    ctx.write(message, promise);
    if (last && phase == Phase.PASSING) {
      complete(How.SERVED);
      responseEnded = true;
      endIfBothEnded();
      drain();
    }
  }

  private void writeHead(HttpResponse response) {
    int code = response.status().code();
    if (code < 200 && code != 101) {
      return;
    }
    status = code;
    if (run != null && request != null && run.wantsResponse()) {
      run.response(request, new NettyResponse(response));
    }
    boolean connected =
        code < 300 && request != null && request.method().equals(HttpMethod.CONNECT.name());
    if (code == 101 || connected) {
      complete(How.SERVED);
      phase = Phase.TUNNEL;
      drain();
    }
  }

  private void endIfBothEnded() {
    boolean open = phase == Phase.PASSING || phase == Phase.REFUSED;
    if (open && requestEnded && responseEnded) {
      phase = Phase.IDLE;
      head = null;
      request = null;
      run = null;
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
      pause.end(ctx.channel());
      boolean due = readSuppressed || ownReadDue && !passedSinceRead;
      readSuppressed = false;
      ownReadDue = false;
      if (due) {
        passedSinceRead = false;
        ctx.read();
      }
    }
  }

  private void complete(How how) {
    if (run != null && request != null) {
      run.complete(request, new Completion(how, status));
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
    pause.end(ctx.channel());
  }

  /** The connection is over: whatever was under way is cancelled, whatever waited is released. */
  void close() {
    if (timer != null) {
      timer.cancel(false);
    }
    boolean headIsOurs = phase == Phase.DECIDING || phase == Phase.COLLECTING;
    if (headIsOurs && head != null) {
      ReferenceCountUtil.release(head);
    }
    phase = Phase.CLOSING;
    complete(closedByApplication ? How.FAILED : How.CANCELLED);
    head = null;
    request = null;
    run = null;
    releaseCollected();
    for (Object next = held.poll(); next != null; next = held.poll()) {
      ReferenceCountUtil.release(next);
    }
  }

  private void releaseCollected() {
    if (collected != null) {
      collected.release();
      collected = null;
    }
  }
}
