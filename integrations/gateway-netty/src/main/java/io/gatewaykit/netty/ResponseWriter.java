// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import io.gatewaykit.api.guard.Completion.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;

/**
 * Observes the responses of the application. They complete requests, or end guarding with an
 * upgrade.
 */
@SuppressWarnings("FutureReturnValueIgnored") // failed writes reach the promise or end the channel
final class ResponseWriter {
  private final ConnectionState state;
  private final ChannelHandlerContext ctx;
  private final RequestRejecter rejecter;
  private final Runnable resumeLater;

  /**
   * Creates a writer.
   *
   * @param resumeLater processes held messages after the application's write has returned
   */
  ResponseWriter(ConnectionState state, RequestRejecter rejecter, Runnable resumeLater) {
    this.state = state;
    this.ctx = state.ctx;
    this.rejecter = rejecter;
    this.resumeLater = resumeLater;
  }

  void write(Object message, ChannelPromise promise) {
    if (state.is(ConnectionPhase.CLOSING)) {
      fail(message, promise); // the last response is complete
      return;
    }
    GuardedExchange exchange = state.is(ConnectionPhase.TUNNEL) ? null : state.current();
    if (exchange == null) {
      ctx.write(message, promise);
      return;
    }
    if (message instanceof HttpResponse response && !mayWriteHead(exchange, response)
        || message instanceof HttpObject && exchange.hasResponse()) {
      fail(message, promise);
      return;
    }
    observe(exchange, message);
    boolean last = message instanceof LastHttpContent && exchange.status() >= 200;
    if (last && state.is(ConnectionPhase.PASSING)) {
      writeLast(exchange, message, promise);
    } else {
      ctx.write(message, promise); // the message must not be accessed afterwards
    }
  }

  /**
   * Passes the bytes of a body to the guards that observe it. A file region is not observed, since
   * its bytes are not in memory.
   */
  private static void observe(GuardedExchange exchange, Object message) {
    if (exchange.observesResponse()) {
      if (message instanceof HttpContent content) {
        exchange.observeResponse(content.content());
      } else if (message instanceof ByteBuf bytes) {
        exchange.observeResponse(bytes);
      }
    }
  }

  private static void fail(Object message, ChannelPromise promise) {
    ReferenceCountUtil.release(message);
    promise.tryFailure(new ClosedChannelException());
  }

  private boolean mayWriteHead(GuardedExchange exchange, HttpResponse response) {
    if (exchange.hasResponse()) {
      return false;
    }
    try {
      return writeHead(exchange, response);
    } catch (Throwable e) {
      ReferenceCountUtil.release(response); // replaced, and therefore not passed on
      throw e;
    }
  }

  /** Records the head of a response. Returns false if the head must not be written. */
  private boolean writeHead(GuardedExchange exchange, HttpResponse response) {
    int code = response.status().code();
    if (code < 200 && code != 101) {
      return true;
    }
    if (code == 101 && !exchange.allowsUpgrade()) {
      rejecter.rejectUpgrade(exchange);
      return false;
    }
    exchange.onResponseStart(response);
    if (exchange.session().wantsResponse()) {
      var head = new NettyResponse(response);
      exchange.session().response(exchange.view, head);
      exchange.observeResponseWith(exchange.session().observeResponseBody(exchange.view, head));
    }
    if (code == 101 || state.settings.connectTunnels() && code < 300 && exchange.isConnect()) {
      exchange.complete(Kind.SERVED);
      state.enter(ConnectionPhase.TUNNEL);
      resumeLater.run();
    }
    return true;
  }

  /**
   * Completes the response, and closes the connection if the request or the response requires it.
   */
  private void writeLast(GuardedExchange exchange, Object message, ChannelPromise promise) {
    boolean closes = exchange.isLast();
    ChannelPromise written = closes ? promise.unvoid() : promise;
    ctx.write(message, written);
    exchange.complete(Kind.SERVED);
    exchange.onResponseEnd();
    state.resetDiscarded();
    state.onResponseEnd(exchange);
    if (closes) {
      LingeringClose.after(ctx, written);
    }
    resumeLater.run();
  }
}
