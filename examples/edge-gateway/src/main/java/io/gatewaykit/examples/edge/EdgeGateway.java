package io.gatewaykit.examples.edge;

import io.gatewaykit.api.request.Cidr;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.examples.edge.SwitchLog.Kind;
import io.gatewaykit.examples.edge.admin.AdminServer;
import io.gatewaykit.examples.edge.admin.GatewayStatus;
import io.gatewaykit.examples.edge.config.ConfigException;
import io.gatewaykit.examples.edge.config.ConfigFile;
import io.gatewaykit.examples.edge.config.GatewayConfig;
import io.gatewaykit.examples.edge.config.GatewayConfig.ClientConfig;
import io.gatewaykit.examples.edge.config.GatewayConfig.StickyConfig;
import io.gatewaykit.examples.edge.demo.SimulatedLines;
import io.gatewaykit.examples.edge.policy.LivePolicy;
import io.gatewaykit.examples.edge.policy.PolicyStatus;
import io.gatewaykit.examples.edge.policy.TrafficMeter;
import io.gatewaykit.examples.edge.proxy.ProxyServer;
import io.gatewaykit.examples.edge.proxy.StickyCookie;
import io.gatewaykit.examples.edge.upstream.LinesStatus;
import io.gatewaykit.examples.edge.upstream.LiveLines;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The gateway: guards, proxy, lines and status page, put together. Closing it ends everything. */
public final class EdgeGateway implements AutoCloseable, ConfigFile.Listener {
  private static final String VERSION = "0.1.0-SNAPSHOT";

  private static final Logger log = LoggerFactory.getLogger(EdgeGateway.class);

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final SwitchLog switches = new SwitchLog(System::currentTimeMillis);
  private final TrafficHistory history = new TrafficHistory();
  private final ScheduledExecutorService sampler =
      Executors.newSingleThreadScheduledExecutor(task -> {
        var thread = new Thread(task, "edge-sampler");
        thread.setDaemon(true);
        return thread;
      });
  private final long startedAt = System.currentTimeMillis();
  private final @Nullable SimulatedLines simulated;
  private final LivePolicy policy;
  private final LiveLines lines;
  private final ProxyServer proxy;
  private final AdminServer admin;
  private volatile ConfigState configState;

  private EdgeGateway(
      GatewayConfig config, String source, int threads, @Nullable SimulatedLines simulated)
      throws ConfigException, IOException {
    this.simulated = simulated;
    configState = ConfigState.first(source, startedAt);
    try {
      policy = opened(new LivePolicy(config, System::currentTimeMillis));
      lines = opened(new LiveLines(config, switches));
      proxy =
          opened(
              ProxyServer.start(
                  config.listen(), threads, policy, lines::group, proxySettings(config)));
      admin = opened(admin(config));
    } catch (ConfigException | IOException | RuntimeException e) {
      closeOpened();
      throw e;
    }
    var unused = sampler.scheduleAtFixedRate(this::sample, 1, 1, TimeUnit.SECONDS);
  }

  /**
   * Starts a gateway.
   *
   * @param source names the configuration on the status page
   * @param threads how many event loops serve requests
   * @throws ConfigException if the configuration contradicts itself
   * @throws IOException if an address is taken; the message says which
   */
  public static EdgeGateway start(GatewayConfig config, String source, int threads)
      throws ConfigException, IOException {
    return new EdgeGateway(config, source, threads, null);
  }

  /** Starts a gateway before simulated lines, which the status page can break; it closes them. */
  public static EdgeGateway startDemo(GatewayConfig config, SimulatedLines lines, int threads)
      throws ConfigException, IOException {
    return new EdgeGateway(config, "the demonstration", threads, lines);
  }

  private AdminServer admin(GatewayConfig config) throws IOException {
    try {
      return AdminServer.start(
          config.admin(), this::status, new OperatorActions(lines, simulated, switches));
    } catch (IOException e) {
      throw new IOException("cannot listen at " + config.admin() + ": " + e.getMessage(), e);
    }
  }

  private static ProxyServer.Settings proxySettings(GatewayConfig config) {
    ClientConfig client = config.client();
    var trusted = new ArrayList<Cidr>();
    client.trustedProxies().forEach(block -> trusted.add(Cidr.parse(block)));
    ClientAddressResolver resolver =
        ClientAddressResolver.builder()
            .header(client.header())
            .trustedProxies(client.trustedProxies().toArray(String[]::new))
            .ipv6PrefixLength(client.ipv6Prefix())
            .build();
    StickyConfig sticky = config.sticky();
    return new ProxyServer.Settings(
        trusted,
        resolver,
        config.policy().perTryTimeout(),
        sticky == null ? null : new StickyCookie(sticky.cookie(), sticky.secure()));
  }

  /** Returns where clients connect. */
  public InetSocketAddress address() {
    return proxy.address();
  }

  /** Returns where the status page is. */
  public InetSocketAddress adminAddress() {
    return admin.address();
  }

  @Override
  public void onConfig(GatewayConfig config) throws ConfigException {
    try {
      policy.apply(config); // the only part that can refuse, so it goes first
    } catch (ConfigException e) {
      onRefused(e.problems());
      throw e;
    }
    lines.apply(config);
    proxy.apply(proxySettings(config));
    configState = configState.applied(System.currentTimeMillis());
    switches.add(
        Kind.CONFIG, "revision " + configState.revision() + " applied", "the file changed");
  }

  @Override
  public void onRefused(List<String> problems) {
    configState = configState.refused(System.currentTimeMillis(), problems);
    switches.add(Kind.CONFIG, "a change was refused", problems.get(0));
  }

  private void sample() {
    history.add(System.currentTimeMillis(), TrafficHistory.totals(status()));
  }

  /** Returns how the gateway stands. */
  public GatewayStatus status() {
    long now = System.currentTimeMillis();
    LinesStatus linesNow = lines.status(now, simulated != null);
    PolicyStatus policyNow = policy.status();
    TrafficMeter traffic = policy.traffic();
    return new GatewayStatus(
        VERSION,
        now,
        startedAt,
        StatusVerdict.of(linesNow, configState),
        configState.view(),
        new GatewayStatus.Traffic(
            traffic.requests(),
            traffic.inFlight(),
            history.perSecond(),
            policyNow.limited(),
            policyNow.waf().blocked(),
            traffic.failed(),
            history.oldestFirst()),
        linesNow.lines(),
        switches.newestFirst(),
        policyNow.limiters(),
        policyNow.waf(),
        policyNow.routes());
  }

  private <P extends AutoCloseable> P opened(P part) {
    parts.push(part);
    return part;
  }

  /** Closes what was opened, the last first. */
  @SuppressWarnings("IllegalCatch") // one part's trouble must not leave the others open
  private void closeOpened() {
    sampler.shutdownNow();
    for (AutoCloseable part : parts) {
      try {
        part.close();
      } catch (Exception e) {
        log.warn("a part of the gateway could not be closed", e);
      }
    }
  }

  @Override
  public void close() {
    closeOpened();
    if (simulated != null) {
      simulated.close();
    }
  }
}
