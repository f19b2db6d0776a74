// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import io.gatewaykit.api.request.Cidr;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.edge.admin.AdminServer;
import io.gatewaykit.edge.admin.GatewayStatus;
import io.gatewaykit.edge.admin.SwitchLog;
import io.gatewaykit.edge.admin.SwitchLog.Kind;
import io.gatewaykit.edge.config.ConfigException;
import io.gatewaykit.edge.config.ConfigFile;
import io.gatewaykit.edge.config.GatewayConfig;
import io.gatewaykit.edge.config.GatewayConfig.BoundsConfig;
import io.gatewaykit.edge.config.GatewayConfig.ClientConfig;
import io.gatewaykit.edge.config.RemovedParts;
import io.gatewaykit.edge.config.StickyConfig;
import io.gatewaykit.edge.demo.SimulatedLines;
import io.gatewaykit.edge.policy.LivePolicy;
import io.gatewaykit.edge.policy.PolicyStatus;
import io.gatewaykit.edge.policy.TrafficMeter;
import io.gatewaykit.edge.proxy.ProxyLimits;
import io.gatewaykit.edge.proxy.ProxyServer;
import io.gatewaykit.edge.proxy.StickyCookie;
import io.gatewaykit.edge.upstream.LinesStatus;
import io.gatewaykit.edge.upstream.LiveLines;
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
import org.slf4j.event.Level;

/** Assembles guards, proxy, lines and status page into a gateway. Closing it stops all of them. */
public final class EdgeGateway implements AutoCloseable, ConfigFile.Listener {
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
  private final GatewayConfig started;
  private final LivePolicy policy;
  private final LiveLines lines;
  private final ProxyServer proxy;
  private final AdminServer admin;
  private volatile ConfigState configState;
  private volatile GatewayConfig applied;

  private EdgeGateway(
      GatewayConfig config, String source, int threads, @Nullable SimulatedLines simulated)
      throws ConfigException, IOException {
    this.simulated = simulated;
    configState = ConfigState.first(source, startedAt);
    started = config;
    applied = config;
    try {
      policy = opened(new LivePolicy(config, System::currentTimeMillis));
      lines = opened(new LiveLines(config, switches));
      proxy =
          opened(
              ProxyServer.start(
                  config.listen(),
                  threads,
                  policy,
                  lines::group,
                  proxySettings(config),
                  proxyLimits(config.bounds())));
      admin = opened(admin(config));
    } catch (ConfigException | IOException | RuntimeException e) {
      closeOpened();
      throw e;
    }
    warnOfUnguarded();
    lines.startProbing();
    admin.start();
    var unused = sampler.scheduleAtFixedRate(this::sample, 1, 1, TimeUnit.SECONDS);
  }

  /**
   * Starts a gateway.
   *
   * @param source the name of the configuration on the status page
   * @param threads the number of event loops that serve requests
   * @throws ConfigException if the configuration contradicts itself
   * @throws IOException if an address is in use; the message names it
   */
  public static EdgeGateway start(GatewayConfig config, String source, int threads)
      throws ConfigException, IOException {
    return new EdgeGateway(config, source, threads, null);
  }

  /**
   * Starts a gateway in front of simulated lines, whose failures are controlled on the status page
   * and which are closed with the gateway. The lines must already serve, or the first probes report
   * an outage.
   */
  public static EdgeGateway startDemo(GatewayConfig config, SimulatedLines lines, int threads)
      throws ConfigException, IOException {
    return new EdgeGateway(config, "the demonstration", threads, lines);
  }

  private AdminServer admin(GatewayConfig config) throws IOException {
    try {
      return AdminServer.bind(
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
        config.policy().connectTimeout(),
        config.policy().bodyTimeout(),
        sticky == null ? null : new StickyCookie(sticky.cookie(), sticky.secure()));
  }

  private static ProxyLimits proxyLimits(BoundsConfig bounds) {
    return ProxyLimits.ofProcess()
        .with(bounds.connections(), bounds.heldBytes(), bounds.slowReaders());
  }

  /** Returns the address of the proxy. */
  public InetSocketAddress address() {
    return proxy.address();
  }

  /** Returns the address of the status page. */
  public InetSocketAddress adminAddress() {
    return admin.address();
  }

  @Override
  public void onConfig(GatewayConfig config, boolean truncated) throws ConfigException {
    try {
      policy.apply(config); // first, because only this step can reject the configuration
    } catch (ConfigException e) {
      onRejected(e.problems());
      throw e;
    }
    lines.apply(config);
    proxy.apply(proxySettings(config));
    List<String> pending = pending(config);
    List<String> removed = RemovedParts.of(applied, config);
    applied = config;
    configState = configState.applied(System.currentTimeMillis(), pending);
    log.info("configuration {}: applied revision {}", configState.source(), configState.revision());
    if (!removed.isEmpty()) {
      log.atLevel(truncated ? Level.WARN : Level.INFO)
          .log(
              "configuration {}: revision {} removed {}{}",
              configState.source(),
              configState.revision(),
              String.join("; ", removed),
              truncated ? " (the file looks truncated)" : "");
    }
    pending.forEach(change -> log.warn("configuration {}: {}", configState.source(), change));
    warnOfUnguarded();
    switches.add(
        Kind.CONFIG,
        "revision " + configState.revision() + " applied",
        removed.isEmpty() ? "file changed" : "removed " + String.join("; ", removed));
    pending.forEach(change -> switches.add(Kind.CONFIG, "restart required", change));
  }

  /** Returns the parts of a changed configuration that require a restart. */
  private List<String> pending(GatewayConfig config) {
    var pending = new ArrayList<String>();
    if (!config.listen().equals(started.listen())) {
      pending.add("listen: " + config.listen() + " takes effect after a restart");
    }
    if (!config.admin().equals(started.admin())) {
      pending.add("admin: " + config.admin() + " takes effect after a restart");
    }
    if (!config.bounds().equals(started.bounds())) {
      pending.add("bounds: take effect after a restart");
    }
    return pending;
  }

  private void warnOfUnguarded() {
    List<String> unguarded = policy.status().waf().unguarded();
    if (!unguarded.isEmpty()) {
      log.warn("firewall off for routes {} (waf: false)", String.join(", ", unguarded));
    }
  }

  @Override
  public void onRejected(List<String> problems) {
    configState = configState.rejected(System.currentTimeMillis(), problems);
    for (String problem : problems) {
      log.warn(
          "configuration change rejected, revision {} remains active ({})",
          configState.revision(),
          problem);
    }
    switches.add(Kind.CONFIG, "change rejected", problems.get(0));
  }

  private void sample() {
    history.add(System.currentTimeMillis(), TrafficHistory.totals(status()));
  }

  /** Returns a snapshot of the gateway. */
  public GatewayStatus status() {
    long now = System.currentTimeMillis();
    LinesStatus linesNow = lines.status(now, simulated != null);
    PolicyStatus policyNow = policy.status();
    TrafficMeter traffic = policy.traffic();
    return new GatewayStatus(
        Version.CURRENT,
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
        proxy.load(),
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

  /** Closes all opened parts in reverse order. */
  @SuppressWarnings("IllegalCatch") // a failure to close one part must not leave the others open
  private void closeOpened() {
    sampler.shutdownNow();
    for (AutoCloseable part : parts) {
      try {
        part.close();
      } catch (Exception e) {
        log.warn("gateway: failed to close a component", e);
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
