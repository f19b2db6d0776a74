package io.gatewaykit.examples.edge.demo;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One HTTP server of a simulated line. Thread-safe; its methods wait until the socket obeyed. */
public final class SimulatedEndpoint implements AutoCloseable {
  private static final Duration SLOWNESS = Duration.ofSeconds(2);
  private static final int BIND_TRIES = 50;

  private final String line;
  private final String name;
  private final Duration usualDelay;
  private final ServerBootstrap bootstrap;
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final InetSocketAddress address;
  private @Nullable Channel listener;

  /** Read by the handlers for each request. */
  private volatile Behaviour behaviour;

  /** How requests fare. */
  record Behaviour(Duration delay, Answer answer) {}

  /** What a request gets in the end. */
  enum Answer {
    GOOD,
    FAILURE,
    NONE
  }

  SimulatedEndpoint(String line, String name, Duration delay, EventLoopGroup loop) {
    this.line = line;
    this.name = name;
    this.usualDelay = delay;
    this.behaviour = new Behaviour(delay, Answer.GOOD);
    bootstrap =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.SO_BACKLOG, 1024)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(new Connections());
    Channel bound = bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    listener = bound;
    address = (InetSocketAddress) bound.localAddress();
  }

  /** Returns the name. */
  public String name() {
    return name;
  }

  /** Returns where it listens, or did until it was killed. */
  public InetSocketAddress address() {
    return address;
  }

  String line() {
    return line;
  }

  Behaviour behaviour() {
    return behaviour;
  }

  synchronized void apply(LineAction action) {
    switch (action) {
      case KILL -> close();
      case SLOW -> serve(new Behaviour(usualDelay.plus(SLOWNESS), Answer.GOOD));
      case FREEZE -> serve(new Behaviour(usualDelay, Answer.NONE));
      case ERRORS -> serve(new Behaviour(usualDelay, Answer.FAILURE));
      case RECOVER -> serve(new Behaviour(usualDelay, Answer.GOOD));
    }
  }

  private void serve(Behaviour next) {
    behaviour = next;
    if (listener == null) {
      listener = bind(address);
    }
  }

  /** Binds; where the old port is needed again, an outgoing connection may hold it for a moment. */
  private Channel bind(InetSocketAddress where) {
    Throwable cause = null;
    for (int i = 0; i < BIND_TRIES; i++) {
      ChannelFuture bound = bootstrap.bind(where).awaitUninterruptibly();
      if (bound.isSuccess()) {
        return bound.channel();
      }
      cause = bound.cause();
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
    throw new IllegalStateException(name + " cannot listen at " + where, cause);
  }

  /** Stops listening and drops all connections. */
  @Override
  public synchronized void close() {
    Channel open = listener;
    if (open != null) {
      open.close().awaitUninterruptibly();
      listener = null;
    }
    connections.close().awaitUninterruptibly();
  }

  private final class Connections extends ChannelInitializer<SocketChannel> {
    @Override
    protected void initChannel(SocketChannel channel) {
      connections.add(channel);
      channel
          .pipeline()
          .addLast(new HttpServerCodec())
          .addLast(new SimulatedHandler(SimulatedEndpoint.this));
    }
  }
}
