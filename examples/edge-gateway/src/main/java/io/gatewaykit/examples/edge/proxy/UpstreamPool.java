package io.gatewaykit.examples.edge.proxy;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpDecoderConfig;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to the servers. The loop's alone, so it needs no locks, and a
 * request's two sides never wait for each other's thread.
 */
final class UpstreamPool {
  private static final int MAX_IDLE_PER_SERVER = 256;
  private static final int MAX_LINE = 8 << 10;
  private static final int MAX_HEADERS = 64 << 10;
  private static final int MAX_CHUNK = 64 << 10;

  private final Bootstrap bootstrap;
  private final Map<InetSocketAddress, Deque<UpstreamConnection>> idle = new HashMap<>();

  UpstreamPool(EventLoop loop, Class<? extends Channel> channelType) {
    bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(channelType)
            .option(ChannelOption.TCP_NODELAY, true)
            .handler(new Connections());
  }

  /** Returns a connection that waits for work, the one used last; null if there is none. */
  @Nullable UpstreamConnection takeIdle(InetSocketAddress server) {
    Deque<UpstreamConnection> waiting = idle.get(server);
    UpstreamConnection connection = waiting == null ? null : waiting.pollLast();
    if (connection != null) {
      connection.expectNothing();
    }
    return connection;
  }

  /** Keeps a connection for the next request, or closes it if enough of them wait. */
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

  /** Forgets an idle connection that was closed. */
  void forget(UpstreamConnection connection) {
    Deque<UpstreamConnection> waiting = idle.get(connection.server());
    if (waiting != null && waiting.remove(connection) && waiting.isEmpty()) {
      idle.remove(connection.server());
    }
  }

  /** Opens a connection; the attempt learns how that went. */
  void connect(InetSocketAddress server, Duration timeout, Attempt attempt) {
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
            attempt.connected(connection);
          } else {
            attempt.connectFailed(done.cause());
          }
        });
  }

  private static final class Connections extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel channel) {
      var config =
          new HttpDecoderConfig()
              .setMaxInitialLineLength(MAX_LINE)
              .setMaxHeaderSize(MAX_HEADERS)
              .setMaxChunkSize(MAX_CHUNK);
      channel
          .pipeline()
          .addLast(new HttpClientCodec(config, false, false))
          .addLast(new UpstreamConnection());
    }
  }
}
