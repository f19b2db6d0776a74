// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import static io.gatewaykit.api.internal.Arguments.outside;

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
 * Decodes and removes a PROXY protocol header, version 1 or 2, from the start of a connection, so
 * that {@link GatewayHandler} receives the address of the client of a TCP load balancer. It must be
 * the first handler in the pipeline, before TLS, and removes itself once the header is read.
 *
 * <p>The header is accepted only from trusted peers, because any client could send one. A
 * connection whose header has no address ({@code LOCAL}, {@code UNKNOWN}, a Unix socket), such as a
 * health check of the balancer, retains its transport peer. Sharable: one instance serves all
 * channels.
 */
@Sharable
@SuppressWarnings("FutureReturnValueIgnored") // failures to close are not reported
public final class ProxyProtocolHandler extends ChannelInboundHandlerAdapter {
  static final AttributeKey<InetSocketAddress> SOURCE =
      AttributeKey.valueOf(ProxyProtocolHandler.class, "source");

  /** The timeout of a required header, which balancers send immediately. */
  private static final long HEADER_TIMEOUT_SECONDS = 10;

  /** The maximum number of bytes of header extensions, sufficient for TLS details. */
  private static final int MAX_EXTENSIONS = 4096;

  private final boolean required;
  private final List<Cidr> trustedPeers;

  private ProxyProtocolHandler(boolean required, List<Cidr> trustedPeers) {
    if (trustedPeers.isEmpty()) {
      throw outside("trustedPeers", "none", "at least one block");
    }
    this.required = required;
    this.trustedPeers = List.copyOf(trustedPeers);
  }

  /**
   * Returns a handler that closes connections from untrusted peers or without a header. For
   * listeners that only the load balancer should reach.
   *
   * @throws IllegalArgumentException if there are no trusted peers
   */
  public static ProxyProtocolHandler required(List<Cidr> trustedPeers) {
    return new ProxyProtocolHandler(true, trustedPeers);
  }

  /**
   * Returns a handler that passes connections without a header unchanged. A header from an
   * untrusted peer is not removed, and is invalid HTTP for the following handlers.
   *
   * @throws IllegalArgumentException if there are no trusted peers
   */
  public static ProxyProtocolHandler optional(List<Cidr> trustedPeers) {
    return new ProxyProtocolHandler(false, trustedPeers);
  }

  /** Returns the client address from the header, or empty if there was none. */
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

  /** Inspects the first bytes of one connection, then removes itself. */
  private static final class Detector extends ByteToMessageDecoder {
    private final boolean required;
    private @Nullable Future<?> timer;

    Detector(boolean required) {
      this.required = required;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      if (required) {
        timer =
            ctx.executor().schedule(() -> ctx.close(), HEADER_TIMEOUT_SECONDS, TimeUnit.SECONDS);
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
