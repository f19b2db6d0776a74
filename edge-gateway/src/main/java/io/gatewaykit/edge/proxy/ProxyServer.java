// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.request.Cidr;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.netty.GatewayHandler;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 reverse proxy between guards and a failover group. Its settings can be replaced at
 * runtime; each request is served with the settings at its start.
 */
public final class ProxyServer implements AutoCloseable {
  private static final int MAX_READ = 32 << 10;

  private final EventLoopGroup loops;
  private final Map<EventExecutor, UpstreamPool> pools = new HashMap<>();
  private final ProxyLimits limits;
  private final Ticker ticker;
  private final ClientConnections clients;
  private final Supplier<FailoverGroup<InetSocketAddress>> group;
  private final GuardSelector guards;
  private final Channel listener;
  private volatile Live live;

  /** The parts that are replaced atomically. */
  private record Live(ProxySettings settings, GatewayHandler guards) {}

  private ProxyServer(
      InetSocketAddress listen,
      int threads,
      GuardSelector guards,
      Supplier<FailoverGroup<InetSocketAddress>> group,
      Settings settings,
      ProxyLimits limits,
      Ticker ticker)
      throws IOException {
    this.limits = limits;
    this.ticker = ticker;
    clients = new ClientConnections(limits);
    this.group = group;
    this.guards = guards;
    live = live(settings);
    loops =
        new MultiThreadIoEventLoopGroup(
            threads, new DefaultThreadFactory("edge", true), NioIoHandler.newFactory());
    for (EventExecutor loop : loops) {
      pools.put(loop, new UpstreamPool((EventLoop) loop, NioSocketChannel.class));
    }
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.SO_BACKLOG, 4096)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            // Bounds the bytes held per client while its request waits for a guard.
            .childOption(
                ChannelOption.RECVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(512, 2048, MAX_READ))
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(16 << 10, 32 << 10))
            .childHandler(new Connections())
            .bind(listen)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
      throw new IOException("cannot listen at " + listen + ": " + bound.cause().getMessage());
    }
    listener = bound.channel();
  }

  /**
   * The settings of the proxy.
   *
   * @param trustedProxies the proxies whose forwarding headers are passed on
   * @param clientAddress determines the client address for the guards
   * @param perTryTimeout the timeout of an attempt until its response head arrives
   * @param connectTimeout the timeout of connecting
   * @param bodyTimeout the maximum pause of a server in the body of a response
   * @param sticky the cookie for session affinity, or null for none
   */
  public record Settings(
      List<Cidr> trustedProxies,
      ClientAddressResolver clientAddress,
      Duration perTryTimeout,
      Duration connectTimeout,
      Duration bodyTimeout,
      @Nullable StickyCookie sticky) {}

  /**
   * Starts a proxy.
   *
   * @param listen the address to bind; port 0 selects any free port
   * @param threads the number of event loops
   * @param guards selects the guards of each request
   * @param group supplies the failover group of each request
   * @param limits the bounds across all clients
   * @throws IOException if the address cannot be bound; the message gives the address and reason
   */
  public static ProxyServer start(
      InetSocketAddress listen,
      int threads,
      GuardSelector guards,
      Supplier<FailoverGroup<InetSocketAddress>> group,
      Settings settings,
      ProxyLimits limits)
      throws IOException {
    return start(listen, threads, guards, group, settings, limits, Ticker.system());
  }

  /** Starts a proxy with another source of time for the rate of requests. */
  static ProxyServer start(
      InetSocketAddress listen,
      int threads,
      GuardSelector guards,
      Supplier<FailoverGroup<InetSocketAddress>> group,
      Settings settings,
      ProxyLimits limits,
      Ticker ticker)
      throws IOException {
    return new ProxyServer(listen, threads, guards, group, settings, limits, ticker);
  }

  /** Replaces the settings. Open connections retain their client address resolution. */
  public void apply(Settings settings) {
    live = live(settings);
  }

  private Live live(Settings settings) {
    return new Live(
        new ProxySettings(
            new HeaderRules(settings.trustedProxies()),
            settings.perTryTimeout(),
            settings.connectTimeout(),
            settings.bodyTimeout(),
            limits.held(),
            settings.sticky()),
        GatewayHandler.builder()
            .guards(guards)
            .clientAddress(settings.clientAddress())
            .bodyBudget(limits.held())
            .build());
  }

  /** Returns the bound address. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  /** Returns a snapshot of the resources held for clients. */
  public ProxyLoad load() {
    return clients.load();
  }

  private final class Connections extends ChannelInitializer<SocketChannel> {
    @Override
    protected void initChannel(SocketChannel channel) {
      if (!clients.admit(channel)) {
        return;
      }
      UpstreamPool pool = pools.get(channel.eventLoop());
      if (pool == null) {
        throw new IllegalStateException("a loop without a pool");
      }
      var progress = new RequestProgress(ticker, limits.held());
      channel
          .pipeline()
          .addLast(new ReaderWatch(clients))
          .addLast(TunnelOpening.CODEC, new StrictServerCodec(progress))
          .addLast(TunnelOpening.GUARDS, live.guards())
          .addLast(new ProxyHandler(clients, pool, progress, group, () -> live.settings()));
    }
  }

  /** Stops listening, closes all connections and stops the threads. */
  @Override
  public void close() {
    clients.drain();
    listener.close().awaitUninterruptibly();
    clients.close();
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(10, TimeUnit.SECONDS);
  }
}
