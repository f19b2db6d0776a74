// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import io.gatewaykit.api.guard.Completion.Kind;
import io.gatewaykit.api.guard.Rejection;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.util.ReferenceCountUtil;

/**
 * Ends requests that guards reject or that are malformed, in most cases together with the
 * connection.
 */
@SuppressWarnings("FutureReturnValueIgnored") // failed writes reach the promise or end the channel
final class RequestRejecter {
  private final ConnectionState state;
  private final ChannelHandlerContext ctx;

  RequestRejecter(ConnectionState state) {
    this.state = state;
    this.ctx = state.ctx;
  }

  /**
   * Rejects a request of which the application has not received any part.
   *
   * @param reusable whether the end of the request is known, so that the connection can be reused
   */
  void reject(GuardedExchange exchange, Rejection rejection, boolean reusable) {
    state.enter(ConnectionPhase.REJECTED);
    exchange.onRequestEndIfReceived();
    exchange.releaseHeld();
    // A client that expects 100 may or may not send its body now, so only closing is unambiguous.
    boolean expects = HttpUtil.is100ContinueExpected(exchange.head);
    state.resetDiscarded();
    respond(exchange, rejection, reusable && !expects && HttpUtil.isKeepAlive(exchange.head));
    ReferenceCountUtil.release(exchange.head);
  }

  /** Aborts a request that the application is receiving. */
  void abort(GuardedExchange exchange, Rejection rejection) {
    if (exchange.status() == 0) {
      respond(exchange, rejection, false);
    } else {
      exchange.complete(Kind.REJECTED);
      state.enter(ConnectionPhase.CLOSING);
      ctx.close(); // within a response: an orderly end would make it appear complete
    }
    state.abort(exchange);
  }

  /** Handles a body that the codec could not decode, after which the connection is ambiguous. */
  void rejectMalformedBody() {
    GuardedExchange exchange = state.current();
    if (state.is(ConnectionPhase.COLLECTING) && exchange != null) {
      reject(exchange, RejectionResponses.BAD_REQUEST, false);
    } else if (state.is(ConnectionPhase.PASSING) && exchange != null && !exchange.hasResponse()) {
      abort(exchange, RejectionResponses.BAD_REQUEST);
    } else {
      boolean passes = state.is(ConnectionPhase.PASSING);
      state.enter(ConnectionPhase.CLOSING);
      LingeringClose.after(ctx, ctx.writeAndFlush(Unpooled.EMPTY_BUFFER));
      if (passes && exchange != null) {
        state.abort(exchange);
      }
    }
  }

  /** Replaces a 101 response to a request that is incomplete or has no Upgrade field. */
  void rejectUpgrade(GuardedExchange exchange) {
    exchange.complete(Kind.FAILED);
    respond(exchange, RejectionResponses.BAD_GATEWAY, false);
    state.abortLater(exchange);
  }

  /**
   * Sends the rejection, which ends the response, and closes the connection unless {@code
   * keepAlive}.
   */
  private void respond(GuardedExchange exchange, Rejection rejection, boolean keepAlive) {
    var response =
        RejectionResponses.response(
            state.settings.renderer(), exchange.view, exchange.head, rejection, keepAlive);
    exchange.status(response.status().code());
    exchange.complete(Kind.REJECTED);
    exchange.onResponseEnd();
    if (keepAlive) {
      ctx.writeAndFlush(response);
      state.endIfComplete(exchange);
    } else {
      state.enter(ConnectionPhase.CLOSING);
      LingeringClose.after(ctx, ctx.writeAndFlush(response));
    }
  }
}
