// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records the source address in the PROXY header of a connection, and removes itself from the
 * pipeline.
 */
@SuppressWarnings("FutureReturnValueIgnored") // failures to close are not reported
final class ProxySource extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(ProxyProtocolHandler.class);

  private final Channel channel;
  private final @Nullable Future<?> timer;

  /**
   * Creates a handler.
   *
   * @param timer the timeout that closes the connection without a header, or null
   */
  ProxySource(Channel channel, @Nullable Future<?> timer) {
    this.channel = channel;
    this.timer = timer;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    if (!(message instanceof HAProxyMessage header)) {
      ctx.fireChannelRead(message);
      return;
    }
    stopTimer();
    try {
      note(header);
    } finally {
      header.release();
    }
    ctx.pipeline().remove(this);
  }

  private void note(HAProxyMessage header) throws UnknownHostException {
    String address = header.sourceAddress();
    byte[] bytes = address == null ? null : NetUtil.createByteArrayFromIpAddressString(address);
    if (header.command() == HAProxyCommand.PROXY && bytes != null) {
      InetAddress source = InetAddress.getByAddress(bytes);
      channel
          .attr(ProxyProtocolHandler.SOURCE)
          .set(new InetSocketAddress(source, header.sourcePort()));
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    log.debug("proxy protocol: malformed header from {}", channel.remoteAddress(), cause);
    ctx.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    stopTimer();
    ctx.fireChannelInactive();
  }

  private void stopTimer() {
    if (timer != null) {
      timer.cancel(false);
    }
  }
}
