// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * The state of a guarded connection: its phase, its current request and the outlets for messages.
 * Shared by the parts of {@link ConnectionGuard} on the channel's event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // failed writes reach the promise or end the channel
final class ConnectionState {
  /** See {@link GatewayHandler#REQUEST_ABORTED}. */
  static final Object REQUEST_ABORTED = new Object();

  /**
   * The maximum number of bytes read from the body of a rejected request before the channel is
   * closed.
   */
  private static final int MAX_DISCARDED = 1 << 20;

  final HandlerSettings settings;
  final ChannelHandlerContext ctx;
  final ReadGate gate;
  private ConnectionPhase phase = ConnectionPhase.IDLE;
  private @Nullable GuardedExchange current;
  private boolean abortDue;
  private long dropped;

  ConnectionState(HandlerSettings settings, ChannelHandlerContext ctx) {
    this.settings = settings;
    this.ctx = ctx;
    this.gate = new ReadGate(ctx);
  }

  ConnectionPhase phase() {
    return phase;
  }

  boolean is(ConnectionPhase expected) {
    return phase == expected;
  }

  void enter(ConnectionPhase next) {
    phase = next;
  }

  /** Returns the request whose head was read last, or null between requests. */
  @Nullable GuardedExchange current() {
    return current;
  }

  void begin(GuardedExchange exchange) {
    current = exchange;
    phase = ConnectionPhase.DECIDING;
  }

  /** Removes and returns the current request. */
  @Nullable GuardedExchange takeCurrent() {
    GuardedExchange exchange = current;
    current = null;
    return exchange;
  }

  /** Ends the current request once its request and response messages are complete. */
  void endIfComplete(GuardedExchange exchange) {
    if ((phase == ConnectionPhase.PASSING || phase == ConnectionPhase.REJECTED)
        && exchange.isComplete()) {
      if (exchange.isLast()) {
        phase = ConnectionPhase.CLOSING;
      } else {
        phase = ConnectionPhase.IDLE;
        current = null;
      }
    }
  }

  /**
   * Ends the current request if it is complete. If the application has responded early, the
   * remaining body is passed to it if guards do not inspect it. Otherwise the remaining body is
   * discarded, because the guards have already been notified of the completion.
   */
  void onResponseEnd(GuardedExchange exchange) {
    if (exchange.inspectsRest()) {
      abortLater(exchange);
    }
    if (exchange.isLast() && exchange.isEndKnown()) {
      phase = ConnectionPhase.CLOSING;
    }
    endIfComplete(exchange);
  }

  /** Notifies the application that the current request is aborted. */
  void abort(GuardedExchange exchange) {
    if (exchange.abort()) {
      ctx.fireUserEventTriggered(REQUEST_ABORTED);
    }
  }

  /**
   * Equivalent to {@link #abort}, but notifies after the application's current call has returned.
   */
  void abortLater(GuardedExchange exchange) {
    if (exchange.abort()) {
      abortDue = true;
      ctx.executor().execute(this::fireAbortIfDue);
    }
  }

  /** Fires a deferred abort event. Called before the next request, which the event must precede. */
  void fireAbortIfDue() {
    if (abortDue) {
      abortDue = false;
      ctx.fireUserEventTriggered(REQUEST_ABORTED);
    }
  }

  /** Passes a message to the application. */
  void pass(Object message) {
    gate.onMessagePassed();
    ctx.fireChannelRead(message);
  }

  /**
   * Passes on a message of a tunnel. An HTTP request in it would be unguarded and closes the
   * connection.
   */
  void passTunneled(Object message) {
    if (message instanceof HttpRequest) {
      ReferenceCountUtil.release(message);
      phase = ConnectionPhase.CLOSING;
      ctx.close();
    } else {
      pass(message);
    }
  }

  /** Resets the count of discarded bytes. */
  void resetDiscarded() {
    dropped = 0;
  }

  /** Releases a message, and closes the connection if too many bytes have been discarded. */
  void discard(Object message) {
    if (message instanceof HttpContent content) {
      dropped += content.content().readableBytes();
    }
    ReferenceCountUtil.release(message);
    if (dropped > MAX_DISCARDED) {
      phase = ConnectionPhase.CLOSING;
      ctx.close();
    }
  }
}
