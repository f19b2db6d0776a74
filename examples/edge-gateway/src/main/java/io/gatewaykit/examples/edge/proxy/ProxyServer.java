package io.gatewaykit.examples.edge.proxy;

import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.request.Cidr;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.netty.GatewayHandler;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
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
 * An HTTP/1.1 reverse proxy: guards before, a failover group behind. Its settings can be replaced
 * while requests flow; each request keeps those it began with.
 */
public final class ProxyServer implements AutoCloseable {
  private static final String CODEC = "http";
  private static final String GUARDS = "guards";

  private final EventLoopGroup loops;
  private final Map<EventExecutor, UpstreamPool> pools = new HashMap<>();
  private final ChannelGroup clients = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final Supplier<FailoverGroup<InetSocketAddress>> group;
  private final GuardSelector guards;
  private final Channel listener;
  private volatile Live live;
  private volatile boolean draining;

  /** What is replaced as one. */
  private record Live(ProxySettings settings, GatewayHandler guards) {}

  private ProxyServer(
      InetSocketAddress listen,
      int threads,
      GuardSelector guards,
      Supplier<FailoverGroup<InetSocketAddress>> group,
      Settings settings)
      throws IOException {
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
   * What the proxy is told.
   *
   * @param trustedProxies whose forwarding headers are passed on
   * @param clientAddress finds the client for the guards
   * @param perTryTimeout how long a connection, and then the head of a response, may take
   * @param sticky what keeps clients at their endpoints, or null if nothing does
   */
  public record Settings(
      List<Cidr> trustedProxies,
      ClientAddressResolver clientAddress,
      Duration perTryTimeout,
      @Nullable StickyCookie sticky) {}

  /**
   * Starts a proxy.
   *
   * @param listen where; port 0 for any free one
   * @param threads how many event loops serve it
   * @param guards says which guards stand before which request
   * @param group says for each request among what its endpoint is chosen
   * @throws IOException if it cannot listen there; the message says where and why
   */
  public static ProxyServer start(
      InetSocketAddress listen,
      int threads,
      GuardSelector guards,
      Supplier<FailoverGroup<InetSocketAddress>> group,
      Settings settings)
      throws IOException {
    return new ProxyServer(listen, threads, guards, group, settings);
  }

  /** Replaces the settings; connections that are open keep how they find the client. */
  public void apply(Settings settings) {
    live = live(settings);
  }

  private Live live(Settings settings) {
    return new Live(
        new ProxySettings(
            new HeaderRules(settings.trustedProxies()),
            settings.perTryTimeout(),
            settings.sticky()),
        GatewayHandler.builder().guards(guards).clientAddress(settings.clientAddress()).build());
  }

  /** Returns where it listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  ProxySettings settings() {
    return live.settings();
  }

  FailoverGroup<InetSocketAddress> group() {
    return group.get();
  }

  boolean isDraining() {
    return draining;
  }

  /** Takes HTTP out of a connection that became a tunnel. */
  void removeHttp(ChannelPipeline pipeline) {
    pipeline.remove(GUARDS);
    pipeline.remove(CODEC);
  }

  private final class Connections extends ChannelInitializer<SocketChannel> {
    @Override
    protected void initChannel(SocketChannel channel) {
      clients.add(channel);
      UpstreamPool pool = pools.get(channel.eventLoop());
      if (pool == null) {
        throw new IllegalStateException("a loop without a pool");
      }
      channel
          .pipeline()
          .addLast(CODEC, new StrictServerCodec())
          .addLast(GUARDS, live.guards())
          .addLast(new ProxyHandler(ProxyServer.this, pool));
    }
  }

  /** Stops listening, closes all connections and ends the threads. */
  @Override
  public void close() {
    draining = true;
    listener.close().awaitUninterruptibly();
    clients.close().awaitUninterruptibly();
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(10, TimeUnit.SECONDS);
  }
}
