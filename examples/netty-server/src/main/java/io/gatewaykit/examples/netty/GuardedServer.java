package io.gatewaykit.examples.netty;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.netty.GatewayHandler;
import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimitGuard;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafGuard;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** The server you already have, behind a limit for each client and a web application firewall. */
public final class GuardedServer implements AutoCloseable {
  private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(NioIoHandler.newFactory());
  private final Channel listener;

  private GuardedServer(int port) {
    GatewayHandler guards = GatewayHandler.of(guards());
    listener =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .childHandler(new GuardedInitializer(new HelloInitializer(), guards))
            .bind(InetAddress.getLoopbackAddress(), port)
            .syncUninterruptibly()
            .channel();
  }

  private static GuardChain guards() {
    var perClient =
        KeyedLeakyBucket.<InetAddress>builder()
            .limit(Limit.perSecond(5).burst(5).nodelay())
            .build();
    return GuardChain.of(
        RateLimitGuard.builder("client", perClient).build(),
        WafGuard.builder(Waf.builder().build()).build());
  }

  /** Starts the server on the port of the loopback address; 0 for any free one. */
  static GuardedServer start(int port) {
    return new GuardedServer(port);
  }

  int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  @Override
  public void close() {
    listener.close().syncUninterruptibly();
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }

  /** Serves until the process is stopped. */
  public static void main(String[] args) {
    try (GuardedServer server = start(args.length == 0 ? 8080 : Integer.parseInt(args[0]))) {
      System.out.println("http://localhost:" + server.port() + "/?q=<script>alert(1)</script>");
      server.listener.closeFuture().syncUninterruptibly();
    }
  }
}
