// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import static io.gatewaykit.api.internal.Arguments.once;
import static io.gatewaykit.api.internal.Arguments.range;
import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.guard.RejectionRenderer;
import io.gatewaykit.api.request.BodyBudget;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.api.request.GatewayRequest;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.AttributeKey;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A handler that evaluates a guard chain in front of a Netty HTTP/1.1 handler. Place it after
 * {@code HttpServerCodec} and before the handlers that it protects. They receive allowed requests
 * unchanged, and no rejected ones.
 *
 * <p>Sharable: one instance serves all channels. It never blocks. A delayed or pending request
 * suspends reading from its connection. Requests of one connection are processed one at a time, so
 * responses stay in order. Pipelined requests wait, if possible without being read.
 */
@Sharable
@SuppressWarnings("FutureReturnValueIgnored") // promises are passed on
public final class GatewayHandler extends ChannelDuplexHandler {
  /**
   * The user event fired to the following handlers if a request is aborted after they have received
   * its head: its body is malformed, a guard has rejected a later part of it, or they have
   * responded before the end of an inspected body. Neither further content nor the end of the
   * request follows. This handler sends the rejection if no response has started, and later writes
   * for the request fail. The event precedes the next request.
   */
  public static final Object REQUEST_ABORTED = ConnectionState.REQUEST_ABORTED;

  private static final AttributeKey<ConnectionGuard> CONNECTION =
      AttributeKey.valueOf(GatewayHandler.class, "connection");

  private final HandlerSettings settings;
  private final PendingTimeouts pendingTimeouts = new PendingTimeouts();

  private GatewayHandler(HandlerSettings settings) {
    this.settings = settings;
  }

  /** Returns a handler with this chain and default settings. */
  public static GatewayHandler of(GuardChain chain) {
    return builder().guards(chain).build();
  }

  /** Returns a builder. Guards are required. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Returns the request whose messages or response are passing through this channel's handler, as
   * the guards received it: with the resolved client address and the attributes set by guards.
   * Present from the head until the response is complete, and after an upgrade for as long as this
   * handler is in the pipeline. Call it on the channel's event loop from handlers after this one.
   * The result is valid for as long as the Netty request.
   */
  public static Optional<GatewayRequest> request(Channel channel) {
    ConnectionGuard connection = channel.attr(CONNECTION).get();
    return connection == null ? Optional.empty() : Optional.ofNullable(connection.request());
  }

  /** Returns the number of requests rejected because of {@link Builder#maxPending}. */
  public long pendingTimeouts() {
    return pendingTimeouts.count();
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if the channel already has such a handler
   */
  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    if (ctx.channel().attr(CONNECTION).get() != null) {
      throw new IllegalStateException(
          "GatewayHandler: already in the pipeline (expected: one per channel)");
    }
    ctx.channel().attr(CONNECTION).set(new ConnectionGuard(settings, pendingTimeouts, ctx));
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    ConnectionGuard connection = connection(ctx);
    if (connection.belongsTo(ctx)) { // false for a second handler, which was rejected
      connection.onRemoved();
      ctx.channel().attr(CONNECTION).set(null);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    connection(ctx).read(message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.fireChannelReadComplete();
    ConnectionGuard connection = ctx.channel().attr(CONNECTION).get();
    if (connection != null) { // null if the event removed this handler
      connection.readComplete();
    }
  }

  @Override
  public void read(ChannelHandlerContext ctx) {
    if (connection(ctx).mayRead()) {
      ctx.read();
    }
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    connection(ctx).write(message, promise);
  }

  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    connection(ctx).onClosedByApplication();
    ctx.close(promise);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    connection(ctx).close();
    ctx.fireChannelInactive();
  }

  private static ConnectionGuard connection(ChannelHandlerContext ctx) {
    return ctx.channel().attr(CONNECTION).get();
  }

  /**
   * Collects the settings of a {@link GatewayHandler}. Not thread-safe. A setting that is set twice
   * is an {@link IllegalStateException}.
   */
  public static final class Builder {
    private @Nullable GuardSelector guards;
    private @Nullable ClientAddressResolver clients;
    private @Nullable RejectionRenderer renderer;
    private @Nullable Boolean connectTunnels;
    private @Nullable BodyBudget bodyBudget;
    private @Nullable Duration maxPending;

    private Builder() {}

    /**
     * Sets the selector of the chain for each request. Either this or a single chain is required.
     */
    public Builder guards(GuardSelector guards) {
      this.guards = once("guards", this.guards, guards);
      return this;
    }

    /**
     * Sets the chain for all requests; {@link GuardChain#empty()} admits all of them. Either this
     * or a selector is required.
     */
    public Builder guards(GuardChain chain) {
      return guards(GuardSelector.always(requireNonNull(chain, "chain")));
    }

    /** Sets the resolver of client addresses. Default: the transport peer is the client. */
    public Builder clientAddress(ClientAddressResolver clients) {
      this.clients = once("clientAddress", this.clients, clients);
      return this;
    }

    /** Sets the renderer of rejections. Default: {@link RejectionRenderer#problemJson()}. */
    public Builder rejections(RejectionRenderer renderer) {
      this.renderer = once("rejections", this.renderer, renderer);
      return this;
    }

    /**
     * Sets whether a 2xx response to {@code CONNECT} opens a tunnel, which guards do not inspect.
     * Enable it only for a forward proxy that then removes the HTTP codec from the pipeline. If
     * false, such a response is handled like any other, and later requests of the connection are
     * guarded. Default: false.
     */
    public Builder connectTunnels(boolean connectTunnels) {
      this.connectTunnels = once("connectTunnels", this.connectTunnels, connectTunnels);
      return this;
    }

    /**
     * Sets the memory budget for held messages of all connections: inspected bodies and pipelined
     * requests. If it is exhausted, a request with a body is rejected with 503, and a connection
     * with pipelined requests is closed. Default: an eighth of the maximum heap, for each handler.
     */
    public Builder bodyBudget(BodyBudget budget) {
      this.bodyBudget = once("bodyBudget", bodyBudget, budget);
      return this;
    }

    /**
     * Sets the timeout of a pending verdict on a head or body. On timeout the request is rejected
     * with 503, regardless of the failure mode of the guard. A guard that should fail open must
     * complete its verdict itself, as limits in Redis do after their own timeout. 1 ms to 1 h;
     * default: 30 s.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder maxPending(Duration maxPending) {
      range("maxPending", maxPending, Duration.ofMillis(1), Duration.ofHours(1));
      this.maxPending = once("maxPending", this.maxPending, maxPending);
      return this;
    }

    /**
     * Builds the handler.
     *
     * @throws IllegalStateException if no guards were set
     */
    public GatewayHandler build() {
      if (guards == null) {
        throw new IllegalStateException(
            "guards: none (expected: a GuardSelector or GuardChain; GuardChain.empty() admits all)");
      }
      return new GatewayHandler(
          new HandlerSettings(
              guards,
              clients == null ? ClientAddressResolver.peer() : clients,
              renderer == null ? RejectionRenderer.problemJson() : renderer,
              connectTunnels != null && connectTunnels,
              bodyBudget == null ? BodyBudget.ofHeapFraction() : bodyBudget,
              maxPending == null ? VerdictWait.MAX_PENDING : maxPending));
    }
  }
}
