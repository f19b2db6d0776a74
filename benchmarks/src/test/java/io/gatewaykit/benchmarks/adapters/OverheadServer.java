// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.adapters;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
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
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.undertow.Undertow;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.ServletContainerInitializerInfo;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/** A minimal server for external measurement: {@code SERVER PROTECTION PORT}. */
final class OverheadServer {
  private static final byte[] HELLO = "hello\n".getBytes(StandardCharsets.US_ASCII);
  private static final String LOOPBACK = "127.0.0.1";
  private static final int THREADS = 8;

  private OverheadServer() {}

  /** Serves until the process is stopped. */
  public static void main(String[] arguments) throws Exception {
    Protection protection = Protection.valueOf(arguments[1].toUpperCase(Locale.ROOT));
    int port = Integer.parseInt(arguments[2]);
    switch (arguments[0]) {
      case "jetty" -> jetty(protection.filter(), port);
      case "tomcat" -> tomcat(protection.filter(), port);
      case "undertow" -> undertow(protection.filter(), port);
      case "netty" -> netty(protection.handler(), port);
      default ->
          throw new IllegalArgumentException(
              "server: " + arguments[0] + " (expected: jetty, tomcat, undertow or netty)");
    }
  }

  @SuppressWarnings("serial") // is never serialized
  private static final class Hello extends HttpServlet {
    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.setContentLength(HELLO.length);
      response.getOutputStream().write(HELLO);
    }
  }

  private static void set(ServletContext context, @Nullable Filter filter) {
    if (filter != null) {
      var registration = context.addFilter("filter", filter);
      registration.setAsyncSupported(true);
      registration.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
    }
    var servlet = context.addServlet("hello", new Hello());
    servlet.setAsyncSupported(true);
    servlet.addMapping("/*");
  }

  private static void jetty(@Nullable Filter filter, int port) throws Exception {
    var server = new Server(new QueuedThreadPool(THREADS, THREADS));
    var connector = new ServerConnector(server, 1, 1);
    connector.setHost(LOOPBACK);
    connector.setPort(port);
    server.addConnector(connector);
    var context = new ServletContextHandler("/");
    context.addServletContainerInitializer((classes, ctx) -> set(ctx, filter));
    server.setHandler(context);
    server.start();
  }

  private static void tomcat(@Nullable Filter filter, int port) throws Exception {
    Path base = Files.createTempDirectory("overhead");
    var tomcat = new Tomcat();
    tomcat.setBaseDir(base.toString());
    var connector = new Connector();
    connector.setPort(port);
    connector.setProperty("address", LOOPBACK);
    connector.setProperty("maxThreads", Integer.toString(THREADS));
    connector.setProperty("maxKeepAliveRequests", "-1");
    tomcat.setConnector(connector);
    Context context = tomcat.addContext("", base.toString());
    context.addServletContainerInitializer((classes, ctx) -> set(ctx, filter), Set.of());
    tomcat.start();
  }

  private static void undertow(@Nullable Filter filter, int port) throws Exception {
    ServletContainerInitializer initializer = (classes, ctx) -> set(ctx, filter);
    DeploymentInfo deployment =
        Servlets.deployment()
            .setClassLoader(OverheadServer.class.getClassLoader())
            .setContextPath("/")
            .setDeploymentName("overhead")
            .addServletContainerInitializer(
                new ServletContainerInitializerInfo(
                    initializer.getClass(), new ImmediateInstanceFactory<>(initializer), Set.of()));
    DeploymentManager manager = Servlets.newContainer().addDeployment(deployment);
    manager.deploy();
    Undertow.builder()
        .addHttpListener(port, LOOPBACK)
        .setIoThreads(1)
        .setWorkerThreads(THREADS)
        .setHandler(manager.start())
        .build()
        .start();
  }

  private static void netty(@Nullable ChannelHandler handler, int port) {
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    new ServerBootstrap()
        .group(loop)
        .channel(NioServerSocketChannel.class)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childHandler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                channel.pipeline().addLast(new HttpServerCodec());
                if (handler != null) {
                  channel.pipeline().addLast(handler);
                }
                channel.pipeline().addLast(new NettyHello());
              }
            })
        .bind(InetAddress.getLoopbackAddress(), port)
        .syncUninterruptibly();
  }

  private static final class NettyHello extends SimpleChannelInboundHandler<HttpObject> {
    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the channel
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
      if (message instanceof HttpRequest) {
        var response =
            new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.wrappedBuffer(HELLO));
        response.headers().set(HttpHeaderNames.CONTENT_LENGTH, HELLO.length);
        ctx.writeAndFlush(response);
      }
    }
  }
}
