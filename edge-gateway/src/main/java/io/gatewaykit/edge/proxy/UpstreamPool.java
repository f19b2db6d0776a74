// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to the servers. Confined to that loop: it requires no locks,
 * and both sides of a request run on the same thread.
 */
final class UpstreamPool {
  private static final int MAX_IDLE_PER_SERVER = 256;

  private final Bootstrap bootstrap;
  private final Map<InetSocketAddress, Deque<UpstreamConnection>> idle = new HashMap<>();

  UpstreamPool(EventLoop loop, Class<? extends Channel> channelType) {
    bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(channelType)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
            // A server can respond and close before it has read the complete request. A failed
            // write must not close the connection before that response is read.
            .option(ChannelOption.AUTO_CLOSE, false)
            .handler(new Connections());
  }

  /** Returns the most recently used idle connection, or null if none is available. */
  @Nullable UpstreamConnection takeIdle(InetSocketAddress server) {
    Deque<UpstreamConnection> waiting = idle.get(server);
    UpstreamConnection connection = waiting == null ? null : waiting.pollLast();
    if (connection != null) {
      connection.expectNothing();
    }
    return connection;
  }

  /** Returns a connection to the pool, or closes it if the pool is full. */
  void keep(UpstreamConnection connection) {
    Deque<UpstreamConnection> waiting =
        idle.computeIfAbsent(connection.server(), server -> new ArrayDeque<>());
    if (waiting.size() >= MAX_IDLE_PER_SERVER) {
      connection.close();
    } else {
      waiting.addLast(connection);
      connection.rest();
    }
  }

  /** Removes an idle connection that was closed. */
  void remove(UpstreamConnection connection) {
    Deque<UpstreamConnection> waiting = idle.get(connection.server());
    if (waiting != null && waiting.remove(connection) && waiting.isEmpty()) {
      idle.remove(connection.server());
    }
  }

  /** Opens a connection; the listener is notified of the result. */
  void connect(InetSocketAddress server, Duration timeout, UpstreamConnection.Listener listener) {
    ChannelFuture connecting =
        bootstrap
            .clone()
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) Math.max(1, timeout.toMillis()))
            .connect(server);
    var unused =
        connecting.addListener(done -> {
          if (done.isSuccess()) {
            UpstreamConnection connection =
                connecting.channel().pipeline().get(UpstreamConnection.class);
            connection.openedTo(server, this);
            listener.connected(connection);
          } else {
            listener.connectFailed(done.cause());
          }
        });
  }

  private static final class Connections extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel channel) {
      var codec = new StrictClientCodec();
      channel.pipeline().addLast(codec, new UpstreamConnection(codec));
    }
  }
}
