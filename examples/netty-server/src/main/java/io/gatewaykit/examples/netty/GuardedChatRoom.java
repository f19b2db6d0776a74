// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.netty;

import io.gatewaykit.examples.chatroom.ChatRoom;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** Runs the existing server with or without guards. */
public final class GuardedChatRoom implements AutoCloseable {
  private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(NioIoHandler.newFactory());
  private final Channel listener;

  private GuardedChatRoom(int port, ChannelHandler connections) {
    listener =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .childHandler(connections)
            .bind(InetAddress.getLoopbackAddress(), port)
            .syncUninterruptibly()
            .channel();
  }

  /** Starts the server on the port of the loopback address; 0 selects a free one. */
  static GuardedChatRoom start(int port, boolean guarded) {
    var room = new ChatRoom();
    return new GuardedChatRoom(port, guarded ? new Guarded(room) : room);
  }

  int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  @Override
  public void close() {
    listener.close().syncUninterruptibly();
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }

  /** Runs until the process is stopped. */
  public static void main(String[] args) {
    try (var room = start(args.length == 0 ? 8080 : Integer.parseInt(args[0]), true)) {
      System.out.println("http://localhost:" + room.port() + "/messages");
      room.listener.closeFuture().syncUninterruptibly();
    }
  }
}
