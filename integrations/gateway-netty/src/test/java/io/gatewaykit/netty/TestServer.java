// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A Netty server on a free port of the loopback address, and raw clients of it. */
final class TestServer implements AutoCloseable {
  /** Of a class that Netty 4.1 has as well, see integrations/netty-4.1.sh. */
  @SuppressWarnings("deprecation")
  private final EventLoopGroup loops = new NioEventLoopGroup(1);

  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final Channel listener;

  private TestServer(Consumer<? super SocketChannel> pipeline) {
    listener =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    connections.add(channel);
                    pipeline.accept(channel);
                  }
                })
            .bind(InetAddress.getLoopbackAddress(), 0)
            .syncUninterruptibly()
            .channel();
  }

  static TestServer start(Consumer<? super SocketChannel> pipeline) {
    return new TestServer(pipeline);
  }

  int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  Socket connect() throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), port());
    socket.setSoTimeout(50_000); // a server that never answers fails the test, not the build
    return socket;
  }

  /** Sends the bytes and returns the response up to the close or reset by the server. */
  String exchange(String request) throws IOException {
    var answer = new ByteArrayOutputStream();
    try (Socket socket = connect()) {
      write(socket, request);
      socket.getInputStream().transferTo(answer);
    } catch (SocketException reset) {
      // the bytes before the reset count
    }
    return answer.toString(StandardCharsets.ISO_8859_1);
  }

  static void write(Socket socket, String bytes) throws IOException {
    socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
  }

  /** Reads until the text ends with the given end, or the server closes the connection. */
  static String readUntil(Socket socket, String end) throws IOException {
    var text = new StringBuilder();
    InputStream in = socket.getInputStream();
    while (text.indexOf(end) < 0) {
      int next = in.read();
      if (next < 0) {
        break;
      }
      text.append((char) next);
    }
    return text.toString();
  }

  /**
   * Closes the connections before the event loop. A loop that shuts down may drop the pipeline of a
   * connection without removing its handlers, so that the bytes they hold are reported as leaked.
   */
  @Override
  public void close() {
    listener.close().syncUninterruptibly();
    connections.close().syncUninterruptibly();
    loops.submit(() -> {}).syncUninterruptibly(); // handlers are removed in a task after the close
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
