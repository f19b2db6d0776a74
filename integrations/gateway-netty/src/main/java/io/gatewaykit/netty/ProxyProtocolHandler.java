package io.gatewaykit.netty;

import io.gatewaykit.api.request.Cidr;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.ProtocolDetectionState;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Takes the PROXY protocol's header, version 1 or 2, off the start of a connection, so that {@link
 * GatewayHandler} knows the client of a TCP load balancer. It stands first in the pipeline, before
 * TLS, and leaves it as soon as the header is read.
 *
 * <p>The header is only believed from trusted peers, for anybody could send one. A connection that
 * carries no address ({@code LOCAL}, {@code UNKNOWN}, a Unix socket), such as the balancer's own
 * health check, keeps its transport peer. Sharable: one instance serves all channels.
 */
@Sharable
@SuppressWarnings("FutureReturnValueIgnored") // nothing is left to do where closing fails
public final class ProxyProtocolHandler extends ChannelInboundHandlerAdapter {
  static final AttributeKey<InetSocketAddress> SOURCE =
      AttributeKey.valueOf(ProxyProtocolHandler.class, "source");

  /** How long a required header may take; a balancer sends it at once. */
  private static final long PATIENCE_SECONDS = 10;

  /** How many bytes of extensions a header may carry: TLS details, not more. */
  private static final int MAX_EXTENSIONS = 4096;

  private final boolean required;
  private final List<Cidr> trustedPeers;

  private ProxyProtocolHandler(boolean required, List<Cidr> trustedPeers) {
    if (trustedPeers.isEmpty()) {
      throw new IllegalArgumentException("trustedPeers: none (expected: at least one block)");
    }
    this.required = required;
    this.trustedPeers = List.copyOf(trustedPeers);
  }

  /**
   * Returns a handler that closes connections that come from elsewhere or do not begin with a
   * header: for listeners that only the load balancer shall reach.
   *
   * @throws IllegalArgumentException if there are no trusted peers
   */
  public static ProxyProtocolHandler required(List<Cidr> trustedPeers) {
    return new ProxyProtocolHandler(true, trustedPeers);
  }

  /**
   * Returns a handler that lets connections without a header pass as they are. A header from a peer
   * that is not trusted is not taken off: for the handlers behind it is no HTTP.
   *
   * @throws IllegalArgumentException if there are no trusted peers
   */
  public static ProxyProtocolHandler optional(List<Cidr> trustedPeers) {
    return new ProxyProtocolHandler(false, trustedPeers);
  }

  /** Returns the client's address as the header told it; empty if there was none. */
  public static Optional<InetSocketAddress> source(Channel channel) {
    return Optional.ofNullable(channel.attr(SOURCE).get());
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    if (ctx.channel().isActive()) {
      detect(ctx);
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    if (ctx.pipeline().get(Detector.class) == null) {
      detect(ctx);
    }
    ctx.fireChannelActive();
  }

  private void detect(ChannelHandlerContext ctx) {
    if (isTrusted(ctx.channel())) {
      ctx.pipeline().addAfter(ctx.name(), null, new Detector(required));
      ctx.pipeline().remove(this);
    } else if (required) {
      ctx.close();
    } else {
      ctx.pipeline().remove(this);
    }
  }

  private boolean isTrusted(Channel channel) {
    return channel.remoteAddress() instanceof InetSocketAddress peer
        && peer.getAddress() != null
        && trustedPeers.stream().anyMatch(block -> block.contains(peer.getAddress()));
  }

  /** Looks at the first bytes of one connection, and makes way. */
  private static final class Detector extends ByteToMessageDecoder {
    private final boolean required;
    private @Nullable Future<?> timer;

    Detector(boolean required) {
      this.required = required;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      if (required) {
        timer = ctx.executor().schedule(() -> ctx.close(), PATIENCE_SECONDS, TimeUnit.SECONDS);
      }
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
      var detected = HAProxyMessageDecoder.detectProtocol(in);
      if (detected.state() == ProtocolDetectionState.NEEDS_MORE_DATA) {
        return;
      }
      if (detected.state() == ProtocolDetectionState.DETECTED) {
        var source = new ProxySource(ctx.channel(), timer);
        ctx.pipeline().addAfter(ctx.name(), null, source);
        ctx.pipeline().replace(this, null, new HAProxyMessageDecoder(MAX_EXTENSIONS));
      } else if (required) {
        in.skipBytes(in.readableBytes());
        ctx.close();
      } else {
        ctx.pipeline().remove(this);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
      if (timer != null) {
        timer.cancel(false);
      }
      super.channelInactive(ctx);
    }
  }
}
