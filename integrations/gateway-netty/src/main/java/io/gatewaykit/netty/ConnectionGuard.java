package io.gatewaykit.netty;

import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.Completion.How;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardRun;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.RejectionRenderer;
import io.gatewaykit.api.guard.ResponseHead;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.BodyView;
import io.gatewaykit.api.request.ClientAddress;
import io.gatewaykit.api.request.Headers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

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
    /** The connection was upgraded, or is over: nothing is guarded any more. */
    TUNNEL
  }

  /**
   * How much of a refused request's body is read and dropped before the connection is closed
   * instead.
   */
  private static final int MAX_DROPPED = 1 << 20;

  private static final FullHttpResponse CONTINUE =
      new DefaultFullHttpResponse(
          HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER);

  private final GatewayHandler handler;
  private final ChannelHandlerContext ctx;
  private final Queue<Object> held = new ArrayDeque<>(4);
  private final Queue<Object> collected = new ArrayDeque<>(4);
  private Phase phase = Phase.IDLE;
  private boolean readSuppressed;
  private boolean draining;
  private boolean requestEnded;
  private boolean responseEnded;
  private int wanted;
  private int collectedBytes;
  private long dropped;
  private int status;
  private @Nullable NettyRequest request;
  private @Nullable GuardRun run;
  private @Nullable HttpRequest head;
  private @Nullable Future<?> timer;

  ConnectionGuard(GatewayHandler handler, ChannelHandlerContext ctx) {
    this.handler = handler;
    this.ctx = ctx;
  }

  void read(Object message) {
    if (phase == Phase.TUNNEL) {
      ctx.fireChannelRead(message);
      return;
    }
    if (!held.isEmpty() || phase == Phase.DECIDING) {
      held.add(message);
      return;
    }
    process(message);
  }

  /** Whether the channel may be read now; if not, it is read as soon as it may. */
  boolean mayRead() {
    readSuppressed = phase == Phase.DECIDING || !held.isEmpty();
    return !readSuppressed;
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
      ctx.fireChannelRead(message);
      return;
    }
    switch (phase) {
      case COLLECTING -> collect(content);
      case REFUSED -> drop(content);
      default -> pass(content);
    }
  }

  private void begin(HttpRequest next) {
    var headers = new NettyRequest.View(next.headers());
    boolean secure = ctx.pipeline().get(SslHandler.class) != null;
    NettyRequest view = new NettyRequest(next, headers, client(headers), secure);
    GuardRun guardRun =
        next.decoderResult().isFailure()
            ? GuardChain.empty().begin()
            : handler.guards.select(view).begin();
    head = next;
    request = view;
    run = guardRun;
    requestEnded = false;
    responseEnded = false;
    status = 0;
    phase = Phase.DECIDING;
    if (next.decoderResult().isFailure()) {
      next.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE); // where would it end?
      refuse(malformed(next.decoderResult().cause()));
    } else {
      decided(guardRun.head(view), this::headAllowed);
    }
  }

  private static Rejection malformed(Throwable cause) {
    if (cause instanceof TooLongHttpHeaderException) {
      return Rejection.builder(431, "malformed", "Request Header Fields Too Large").build();
    }
    return cause instanceof TooLongHttpLineException
        ? Rejection.builder(414, "malformed", "URI Too Long").build()
        : Rejection.builder(400, "malformed", "Bad Request").build();
  }

  private ClientAddress client(Headers headers) {
    InetAddress peer =
        ctx.channel().remoteAddress() instanceof InetSocketAddress address
                && address.getAddress() != null
            ? address.getAddress()
            : InetAddress.getLoopbackAddress(); // a local transport
    return handler.clients.resolve(peer, headers);
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
    wanted = run.bodyBytesWanted(request);
    boolean hasBody =
        HttpUtil.isTransferEncodingChunked(current) || HttpUtil.getContentLength(current, 0L) > 0;
    if (wanted == 0 || !hasBody) {
      phase = Phase.PASSING;
      ctx.fireChannelRead(current);
      if (current instanceof LastHttpContent) {
        requestEnded();
      }
      return;
    }
    phase = Phase.COLLECTING;
    collectedBytes = 0;
    if (HttpUtil.is100ContinueExpected(current)) {
      current.headers().remove(HttpHeaderNames.EXPECT); // answered here: the guards need the body
      ctx.writeAndFlush(CONTINUE.retainedDuplicate());
    }
    if (current instanceof HttpContent full) {
      collect(full.retain());
    }
  }

  private void collect(HttpContent content) {
    collected.add(content);
    collectedBytes += content.content().readableBytes();
    boolean last = content instanceof LastHttpContent;
    if (!last && collectedBytes < wanted || run == null || request == null) {
      return;
    }
    phase = Phase.DECIDING;
    requestEnded |= last;
    decided(run.body(request, body(last)), this::bodyAllowed);
  }

  private BodyView body(boolean last) {
    ByteBuffer bytes = ByteBuffer.allocate(Math.min(collectedBytes, wanted));
    for (Object message : collected) {
      ByteBuf content = ((HttpContent) message).content();
      int length = Math.min(content.readableBytes(), bytes.remaining());
      ByteBuffer part = bytes.slice(bytes.position(), length);
      content.getBytes(content.readerIndex(), part);
      bytes.position(bytes.position() + length);
    }
    bytes.flip();
    return new BodyView(bytes, last && collectedBytes <= wanted);
  }

  private void bodyAllowed() {
    phase = Phase.PASSING;
    HttpRequest current = head;
    boolean whole = current instanceof HttpContent; // an aggregated request is one message
    ctx.fireChannelRead(current);
    for (Object message = collected.poll(); message != null; message = collected.poll()) {
      if (whole) {
        ReferenceCountUtil.release(message);
      } else {
        ctx.fireChannelRead(message);
      }
    }
    if (requestEnded) {
      requestEnded();
    }
  }

  private void pass(HttpContent content) {
    ctx.fireChannelRead(content);
    if (content instanceof LastHttpContent) {
      requestEnded();
    }
  }

  private void requestEnded() {
    requestEnded = true;
    endIfBothEnded();
  }

  private void refuse(Rejection rejection) {
    HttpRequest current = head;
    NettyRequest view = request;
    if (current == null || view == null) {
      return;
    }
    phase = Phase.REFUSED;
    requestEnded |= current instanceof LastHttpContent;
    releaseAll(collected);
    RejectionRenderer.Response rendered = handler.renderer.render(view, rejection);
    boolean expects = HttpUtil.is100ContinueExpected(current);
    // A client that waits for 100 may or may not send its body now: only closing is unambiguous.
    boolean keepAlive = HttpUtil.isKeepAlive(current) && !expects;
    FullHttpResponse response = response(rendered, current, keepAlive);
    ReferenceCountUtil.release(current);
    status = rendered.status();
    complete(How.REJECTED);
    dropped = 0;
    var sent = ctx.writeAndFlush(response);
    responseEnded = true;
    if (keepAlive) {
      endIfBothEnded();
    } else {
      phase = Phase.REFUSED;
      requestEnded = false; // stays refused: everything more is dropped until the close
      sent.addListener(ChannelFutureListener.CLOSE);
    }
  }

  private static FullHttpResponse response(
      RejectionRenderer.Response rendered, HttpRequest request, boolean keepAlive) {
    byte[] body = rendered.body().getBytes(StandardCharsets.UTF_8);
    boolean bodiless = request.method().equals(HttpMethod.HEAD);
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(rendered.status()),
            bodiless ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body));
    rendered.headers().forEach(h -> response.headers().add(h.getKey(), h.getValue()));
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.length);
    HttpUtil.setKeepAlive(response.headers(), request.protocolVersion(), keepAlive);
    return response;
  }

  private void drop(HttpContent content) {
    dropped += content.content().readableBytes();
    boolean last = content instanceof LastHttpContent;
    content.release();
    if (last) {
      requestEnded();
    } else if (dropped > MAX_DROPPED) {
      ctx.close();
    }
  }

  void write(Object message, ChannelPromise promise) {
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
    if (code == 101) {
      status = code;
      complete(How.SERVED);
      phase = Phase.TUNNEL;
      drain();
    } else if (code >= 200) {
      status = code;
      if (run != null && request != null && run.wantsResponse()) {
        run.response(request, new Response(response));
      }
    }
  }

  private record Response(HttpResponse response) implements ResponseHead {
    @Override
    public int status() {
      return response.status().code();
    }

    @Override
    public Headers headers() {
      return new NettyRequest.View(response.headers());
    }

    @Override
    public void addHeader(String name, String value) {
      response.headers().add(name, value);
    }

    @Override
    public void setHeader(String name, String value) {
      response.headers().set(name, value);
    }
  }

  private void endIfBothEnded() {
    if (requestEnded && responseEnded) {
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
      if (next == null
          || next instanceof HttpRequest && phase != Phase.IDLE && phase != Phase.TUNNEL) {
        break;
      }
      held.remove();
      if (phase == Phase.TUNNEL) {
        ctx.fireChannelRead(next);
      } else {
        process(next);
      }
    }
    draining = false;
    if (readSuppressed && phase != Phase.DECIDING && held.isEmpty()) {
      readSuppressed = false;
      ctx.read();
    }
  }

  private void complete(How how) {
    if (run != null && request != null) {
      run.complete(request, new Completion(how, status));
    }
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
    complete(How.CANCELLED);
    phase = Phase.TUNNEL;
    head = null;
    request = null;
    run = null;
    releaseAll(collected);
    releaseAll(held);
  }

  private static void releaseAll(Queue<Object> messages) {
    for (Object message = messages.poll(); message != null; message = messages.poll()) {
      ReferenceCountUtil.release(message);
    }
  }
}
