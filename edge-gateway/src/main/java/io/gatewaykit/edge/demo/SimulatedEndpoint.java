// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.demo;

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
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** An HTTP server of a simulated line. Thread-safe; methods block until the socket has changed. */
public final class SimulatedEndpoint implements AutoCloseable {
  private static final Duration SLOWNESS = Duration.ofSeconds(2);
  private static final int BIND_TRIES = 50;
  private static final int START_MILLIS = 10_000;

  private final String line;
  private final String name;
  private final Duration usualDelay;
  private final ServerBootstrap bootstrap;
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final InetSocketAddress address;
  private @Nullable Channel listener;

  /** Read by the handlers at each request. */
  private volatile Behaviour behaviour;

  /** The treatment of requests. */
  record Behaviour(Duration delay, ResponseKind response) {}

  /** The kind of response. */
  enum ResponseKind {
    GOOD,
    FAILURE,
    NONE
  }

  SimulatedEndpoint(String line, String name, Duration delay, EventLoopGroup loop) {
    this.line = line;
    this.name = name;
    this.usualDelay = delay;
    this.behaviour = new Behaviour(delay, ResponseKind.GOOD);
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

  /** Returns the bound address; after a kill, the last one. */
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
      case SLOW -> serve(new Behaviour(usualDelay.plus(SLOWNESS), ResponseKind.GOOD));
      case FREEZE -> serve(new Behaviour(usualDelay, ResponseKind.NONE));
      case ERRORS -> serve(new Behaviour(usualDelay, ResponseKind.FAILURE));
      case RECOVER -> serve(new Behaviour(usualDelay, ResponseKind.GOOD));
    }
  }

  private void serve(Behaviour next) {
    behaviour = next;
    if (listener == null) {
      listener = bind(address);
    }
  }

  /** Binds. Retries, since an outgoing connection may briefly occupy the former port. */
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

  /** Sends a request and waits for the response. */
  void awaitServing() {
    try (var socket = new Socket(address.getAddress(), address.getPort())) {
      socket.setSoTimeout(START_MILLIS);
      String request = "GET /health HTTP/1.1\r\nHost: " + name + "\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      if (socket.getInputStream().read() < 0) {
        throw new IllegalStateException(name + " closed the connection");
      }
    } catch (IOException e) {
      throw new IllegalStateException(name + " does not respond", e);
    }
  }

  /** Stops listening and closes all connections. */
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
