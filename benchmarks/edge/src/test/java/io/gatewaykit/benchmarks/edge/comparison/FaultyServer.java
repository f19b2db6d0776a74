// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.edge.comparison;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetAddress;
import java.util.concurrent.TimeUnit;

/**
 * A server in a separate process that can be killed and frozen. It responds with its name; after a
 * request to {@code /fault/slow} or {@code /fault/errors}, with a delay or with 500.
 */
final class FaultyServer {
  private static final int SLOW_MILLIS = 2_000;

  private final String name;
  private volatile String fault = "none";

  private FaultyServer(String name) {
    this.name = name;
  }

  /** Arguments: the name and the port. */
  public static void main(String[] arguments) {
    var server = new FaultyServer(arguments[0]);
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    new ServerBootstrap()
        .group(loop)
        .channel(NioServerSocketChannel.class)
        .option(ChannelOption.SO_REUSEADDR, true)
        .option(ChannelOption.SO_BACKLOG, 1024)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childHandler(server.connections())
        .bind(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[1]))
        .syncUninterruptibly()
        .channel()
        .closeFuture()
        .syncUninterruptibly();
  }

  private ChannelInitializer<SocketChannel> connections() {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(SocketChannel channel) {
        channel
            .pipeline()
            .addLast(new HttpServerCodec())
            .addLast(new HttpObjectAggregator(1 << 16))
            .addLast(new Answers());
      }
    };
  }

  @SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the connection
  private final class Answers extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
      if (request.uri().startsWith("/fault/")) {
        fault = request.uri().substring("/fault/".length());
        answer(ctx, HttpResponseStatus.OK, HttpUtil.isKeepAlive(request));
        return;
      }
      HttpResponseStatus status =
          fault.equals("errors") ? HttpResponseStatus.INTERNAL_SERVER_ERROR : HttpResponseStatus.OK;
      boolean keepAlive = HttpUtil.isKeepAlive(request);
      if (fault.equals("slow")) {
        ctx.executor()
            .schedule(() -> answer(ctx, status, keepAlive), SLOW_MILLIS, TimeUnit.MILLISECONDS);
      } else {
        answer(ctx, status, keepAlive);
      }
    }

    private void answer(ChannelHandlerContext ctx, HttpResponseStatus status, boolean keepAlive) {
      var response =
          new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.EMPTY_BUFFER);
      response.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0).set("X-Line", name);
      HttpUtil.setKeepAlive(response, keepAlive);
      ctx.writeAndFlush(response);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close(); // reset by a proxy: expected, not logged
    }
  }
}
