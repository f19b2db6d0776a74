package io.gatewaykit.netty;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.guard.RejectionRenderer;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.api.request.GatewayRequest;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.AttributeKey;
import java.util.Optional;

/**
 * Puts a guard chain before a Netty HTTP/1.1 handler. It stands behind {@code HttpServerCodec} and
 * before the handlers it protects, which see allowed requests unchanged and refused ones never.
 *
 * <p>Sharable: one instance serves all channels. It never blocks: a delayed or pending request
 * stops the reading of its connection. Requests of one connection are led through one after the
 * other, so responses keep their order; pipelined ones wait, unread where possible.
 */
@Sharable
@SuppressWarnings("FutureReturnValueIgnored") // promises are passed on
public final class GatewayHandler extends ChannelDuplexHandler {
  private static final AttributeKey<ConnectionGuard> CONNECTION =
      AttributeKey.valueOf(GatewayHandler.class, "connection");

  final GuardSelector guards;
  final ClientAddressResolver clients;
  final RejectionRenderer renderer;

  private GatewayHandler(Builder builder) {
    guards = builder.guards;
    clients = builder.clients;
    renderer = builder.renderer;
  }

  /** Returns a handler with default settings before which the chain stands. */
  public static GatewayHandler of(GuardChain chain) {
    return builder().guards(GuardSelector.always(chain)).build();
  }

  /** Returns a builder of a handler that so far lets everything pass. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Returns the request whose messages or response pass this channel's handler now, as the guards
   * saw it: with the client's resolved address, and the attributes that guards have set. Present
   * from the head until the response has ended, and after an upgrade for as long as this handler
   * stays in the pipeline. For use on the channel's event loop, by the handlers that stand behind
   * this one; the result may be kept as long as the Netty request is.
   */
  public static Optional<GatewayRequest> request(Channel channel) {
    ConnectionGuard connection = channel.attr(CONNECTION).get();
    return connection == null ? Optional.empty() : Optional.ofNullable(connection.request());
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if the channel already has such a handler
   */
  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    if (ctx.channel().attr(CONNECTION).get() != null) {
      throw new IllegalStateException("GatewayHandler: a second one (expected: one per channel)");
    }
    ctx.channel().attr(CONNECTION).set(new ConnectionGuard(this, ctx));
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    ConnectionGuard connection = connection(ctx);
    if (connection.isAt(ctx)) { // not so if a second handler was refused
      connection.removed();
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
    if (connection != null) { // null: the event removed this handler
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
    connection(ctx).closedByApplication();
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

  /** Collects the settings of a {@link GatewayHandler}. Not thread-safe. */
  public static final class Builder {
    private GuardSelector guards = GuardSelector.always(GuardChain.empty());
    private ClientAddressResolver clients = ClientAddressResolver.peer();
    private RejectionRenderer renderer = RejectionRenderer.problemJson();

    private Builder() {}

    /** Sets which chain guards which request. Default: none guards any. */
    public Builder guards(GuardSelector guards) {
      this.guards = requireNonNull(guards, "guards");
      return this;
    }

    /** Sets how to find the client. Default: the transport peer is the client. */
    public Builder clientAddress(ClientAddressResolver clients) {
      this.clients = requireNonNull(clients, "clients");
      return this;
    }

    /** Sets what refused clients get. Default: {@link RejectionRenderer#problemJson()}. */
    public Builder rejections(RejectionRenderer renderer) {
      this.renderer = requireNonNull(renderer, "renderer");
      return this;
    }

    /** Builds the handler. */
    public GatewayHandler build() {
      return new GatewayHandler(this);
    }
  }
}
