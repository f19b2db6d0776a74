// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import io.gatewaykit.api.guard.Completion.Kind;
import io.gatewaykit.api.request.GatewayRequest;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * Guards one connection. It serialises the messages, so that one request at a time passes through
 * {@link RequestReader} and its response through {@link ResponseWriter}. Runs only on the channel's
 * event loop and therefore needs no locks.
 *
 * <p>Messages that must wait are held. Reading stops while any are held, so at most the messages of
 * one read are held.
 */
@SuppressWarnings("FutureReturnValueIgnored") // failed writes reach the promise or end the channel
final class ConnectionGuard {
  private final ChannelHandlerContext ctx;
  private final ConnectionState state;
  private final HeldMessages held;
  private final InspectionScheduler scheduler;
  private final RequestReader requests;
  private final ResponseWriter responses;
  private boolean draining;
  private boolean failed;

  ConnectionGuard(HandlerSettings settings, PendingTimeouts timeouts, ChannelHandlerContext ctx) {
    this.ctx = ctx;
    this.state = new ConnectionState(settings, ctx);
    this.held = new HeldMessages(settings.bodyBudget());
    this.scheduler = new InspectionScheduler(ctx, held, this::drain);
    var rejecter = new RequestRejecter(state);
    this.requests = new RequestReader(state, rejecter, scheduler, timeouts, this::resume);
    this.responses = new ResponseWriter(state, rejecter, this::drainLater);
  }

  /** Returns whether this guard belongs to the given position in the pipeline. */
  boolean belongsTo(ChannelHandlerContext position) {
    return ctx.equals(position);
  }

  /** Returns the request whose messages or response are passing, or that opened the tunnel. */
  @Nullable GatewayRequest request() {
    boolean passes = state.is(ConnectionPhase.PASSING) || state.is(ConnectionPhase.TUNNEL);
    GuardedExchange exchange = passes ? state.current() : null;
    return exchange == null ? null : exchange.view;
  }

  void read(Object message) {
    try {
      readNext(message);
    } catch (Throwable e) {
      fail(e);
    }
  }

  private void readNext(Object message) {
    state.fireAbortIfDue();
    if (state.is(ConnectionPhase.TUNNEL)) {
      state.passTunneled(message);
    } else if (state.is(ConnectionPhase.CLOSING)) {
      state.discard(message);
    } else if (isBlocked()) {
      hold(message);
    } else {
      process(message);
    }
    if (isBlocked()) {
      state.gate.close();
    }
  }

  boolean mayRead() {
    return state.gate.mayRead();
  }

  void readComplete() {
    state.gate.readComplete();
  }

  void write(Object message, ChannelPromise promise) {
    try {
      responses.write(message, promise);
    } catch (Throwable e) {
      promise.tryFailure(e);
      fail(e);
    }
  }

  /**
   * Ends the connection after an error that guards do not handle, such as a thrown {@code Error}.
   * The request in progress is neither allowed nor rejected, and would otherwise wait indefinitely.
   */
  private void fail(Throwable error) {
    failed = true;
    close();
    ctx.fireExceptionCaught(error);
    ctx.close();
  }

  private boolean isBlocked() {
    return state.is(ConnectionPhase.DECIDING) || scheduler.isWaiting() || !held.isEmpty();
  }

  private void hold(Object message) {
    if (!held.add(message)) {
      close(); // the budget of all connections is exhausted
      ctx.close();
    }
  }

  private void process(Object message) {
    if (message instanceof HttpRequest next) {
      if (state.is(ConnectionPhase.IDLE)) {
        requests.readHead(next);
      } else {
        hold(message); // until the current response is complete
      }
    } else if (message instanceof HttpContent content) {
      requests.readContent(content);
    } else {
      state.pass(message);
    }
  }

  /** Runs a task that acts on a verdict, then processes held messages. */
  private void resume(Runnable task) {
    state.gate.restoreAutoRead();
    try {
      task.run();
      ctx.fireChannelReadComplete();
    } catch (Throwable e) {
      fail(e);
    }
    drain();
  }

  /**
   * Processes held messages after the caller has returned, so that an application does not receive
   * its next request within its own write.
   */
  private void drainLater() {
    if (held.isEmpty()) {
      drain(); // only resumes reading
    } else {
      ctx.executor().execute(this::drain);
    }
  }

  /**
   * Processes held messages as far as possible, then resumes reading. The application receives them
   * outside a read, so the end of a read is fired as well: many applications flush only then, and
   * an upload that is forwarded would stop once the buffer of the upstream connection is full.
   */
  private void drain() {
    if (draining) {
      return; // reentrant call from a response written while draining: the outer loop continues
    }
    draining = true;
    if (!held.isEmpty()) {
      state.gate.restoreAutoRead();
    }
    try {
      state.fireAbortIfDue();
      if (drainHeld()) {
        ctx.fireChannelReadComplete();
      }
    } catch (Throwable e) {
      fail(e);
    } finally {
      draining = false;
    }
    if (isBlocked()) {
      state.gate.close();
    } else {
      state.gate.open();
    }
  }

  /** Returns whether a message was processed. */
  private boolean drainHeld() {
    boolean processed = false;
    while (!state.is(ConnectionPhase.DECIDING) && !scheduler.isWaiting()) {
      Object next = held.peek();
      boolean open = !state.is(ConnectionPhase.TUNNEL) && !state.is(ConnectionPhase.CLOSING);
      if (next == null || next instanceof HttpRequest && open && !state.is(ConnectionPhase.IDLE)) {
        break;
      }
      held.poll();
      processed = true;
      if (state.is(ConnectionPhase.TUNNEL)) {
        state.passTunneled(next);
      } else if (state.is(ConnectionPhase.CLOSING)) {
        state.discard(next);
      } else {
        process(next);
      }
    }
    return processed;
  }

  /** Records that the application is closing the channel. */
  void onClosedByApplication() {
    failed = state.is(ConnectionPhase.PASSING);
  }

  /** Called when the handler is removed from the pipeline. Passes on held bytes of a tunnel. */
  void onRemoved() {
    while (state.is(ConnectionPhase.TUNNEL)) {
      Object next = held.poll();
      if (next == null) {
        break;
      }
      state.passTunneled(next);
    }
    close();
    state.gate.restore();
  }

  /** Ends the connection: cancels the wait for a verdict and releases held messages. */
  void close() {
    requests.cancel();
    GuardedExchange exchange = state.takeCurrent();
    boolean headIsOurs = state.is(ConnectionPhase.DECIDING) || state.is(ConnectionPhase.COLLECTING);
    state.enter(ConnectionPhase.CLOSING);
    if (exchange != null) {
      if (headIsOurs) {
        ReferenceCountUtil.release(exchange.head);
      }
      exchange.complete(failed ? Kind.FAILED : Kind.CANCELLED);
      exchange.releaseHeld();
    }
    held.release();
  }
}
