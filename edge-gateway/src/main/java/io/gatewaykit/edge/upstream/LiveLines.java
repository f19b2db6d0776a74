// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.upstream;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.HealthChangeListener;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.Subscription;
import io.gatewaykit.edge.admin.SwitchLog;
import io.gatewaykit.edge.admin.SwitchLog.Kind;
import io.gatewaykit.edge.config.GatewayConfig;
import io.gatewaykit.edge.config.GatewayConfig.CheckConfig;
import io.gatewaykit.edge.config.GatewayConfig.CheckType;
import io.gatewaykit.edge.config.GatewayConfig.EndpointConfig;
import io.gatewaykit.edge.config.GatewayConfig.LineConfig;
import io.gatewaykit.edge.config.GatewayConfig.PolicyConfig;
import io.gatewaykit.edge.config.StickyConfig;
import io.gatewaykit.edge.config.StickyConfig.StickyKey;
import io.gatewaykit.failover.EjectionEvent;
import io.gatewaykit.failover.EndpointPolicy;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.FailoverGroupBuilder;
import io.gatewaykit.failover.FailoverListener;
import io.gatewaykit.failover.Line;
import io.gatewaykit.failover.LinePolicy;
import io.gatewaykit.failover.LineSwitchEvent;
import io.gatewaykit.failover.LineSwitcher;
import io.gatewaykit.failover.RetryPolicy;
import io.gatewaykit.failover.RetryPolicy.Hedge;
import io.gatewaykit.failover.Stickiness;
import io.gatewaykit.failover.StickyTokens;
import io.gatewaykit.failover.breaker.CircuitBreaker;
import io.gatewaykit.failover.breaker.CircuitBreakerBuilder;
import io.gatewaykit.healthcheck.ActiveRules;
import io.gatewaykit.healthcheck.HealthChecker;
import io.gatewaykit.healthcheck.HealthEvent;
import io.gatewaykit.healthcheck.HealthListener;
import io.gatewaykit.healthcheck.PassiveRules;
import io.gatewaykit.healthcheck.Probe;
import io.gatewaykit.healthcheck.ProbeEngine;
import io.gatewaykit.healthcheck.ProbeSchedule;
import io.gatewaykit.healthcheck.Target;
import io.gatewaykit.healthcheck.Thresholds;
import io.gatewaykit.healthcheck.state.TargetState;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lines of the active configuration, with their health checks and endpoint selection. A new
 * configuration preserves the state of remaining endpoints, unless the settings of checks change.
 */
public final class LiveLines implements AutoCloseable {
  /** Faster than the defaults, which favour stability: failback is visible within seconds. */
  private static final LineSwitcher SWITCHER =
      LineSwitcher.builder()
          .rise(Duration.ofSeconds(2))
          .ramp(Duration.ofSeconds(1), 0.25, 0.5, 1)
          .flaps(Duration.ofSeconds(10), 4, 1)
          .build();

  private static final Logger log = LoggerFactory.getLogger(LiveLines.class);

  /** Also the reserve: the requests that wait for an endpoint when it freezes are all retried. */
  private static final int RETRIES_PER_SECOND = 100;

  private static final Duration DRAIN_WITHIN = Duration.ofSeconds(30);
  private static final double DRAIN_PER_SECOND = 20;

  private final ProbeEngine engine = ProbeEngine.builder().threadName("edge-probes").build();
  private final SwitchLog switches;
  private volatile FailoverGroup<InetSocketAddress> group;
  private final CurrentChecker signal = new CurrentChecker();
  private volatile GatewayConfig config;
  private volatile HealthChecker checker;
  private final AddressRefresh refresh;

  /** Creates lines that are not probed yet. Requests can use all endpoints until then. */
  public LiveLines(GatewayConfig config, SwitchLog switches) {
    this(config, switches, InetAddress::getAllByName);
  }

  LiveLines(GatewayConfig config, SwitchLog switches, AddressRefresh.Resolver resolver) {
    this.config = config;
    this.switches = switches;
    checker = checker(config.checks());
    group = group(config);
    refresh = new AddressRefresh(() -> this.config, resolver, this::move);
  }

  /**
   * Starts health checks and lookups of names. Called once the gateway listens: probes that compete
   * with the start of the process would be late, which looks like an outage.
   */
  public synchronized void startProbing() {
    checker.setTargets(targets(config));
    refresh.start();
  }

  /** Resolves the host names of endpoints now. Callable from any thread; blocks. */
  void refreshAddresses() {
    refresh.refresh();
  }

  /** Changes the addresses of endpoints. These are probed again; all others retain their state. */
  private synchronized void move(Map<String, InetSocketAddress> addresses) {
    apply(
        config.withEndpoints(endpoint -> {
          InetSocketAddress to = addresses.get(endpoint.id());
          if (to == null) {
            return endpoint;
          }
          log.info("endpoint {}: moved from {} to {}", endpoint.id(), endpoint.address(), to);
          switches.add(Kind.ENDPOINT, endpoint.id() + " moved", to.getAddress().getHostAddress());
          return new EndpointConfig(endpoint.id(), to, endpoint.weight());
        }));
  }

  private FailoverGroup<InetSocketAddress> group(GatewayConfig config) {
    PolicyConfig policy = config.policy();
    FailoverGroupBuilder<InetSocketAddress> builder =
        FailoverGroup.<InetSocketAddress>builder("lines")
            .health(signal)
            .report((id, outcome, status, nanos) -> checker.report(id, outcome, status, nanos))
            .listener(new Switches())
            .retry(retry(policy));
    EndpointPolicy.Builder endpoints = EndpointPolicy.builder().ejectFor(Duration.ofSeconds(2));
    LinePolicy.Builder lines = LinePolicy.builder().switcher(SWITCHER);
    if (policy.breaker() > 0) {
      CircuitBreakerBuilder breaker =
          CircuitBreaker.builder().failureRate(policy.breaker()).noConsecutiveLimit();
      endpoints.breaker(breaker);
      lines.breaker(breaker);
    }
    builder.endpoints(endpoints.build()).lines(lines.build());
    StickyConfig sticky = config.sticky();
    if (sticky != null) {
      builder.sticky(new Stickiness(tokens(sticky), sticky.movesBack()));
    }
    lines(config).forEach(builder::line);
    return builder.build();
  }

  private static RetryPolicy retry(PolicyConfig policy) {
    RetryPolicy.Builder retry =
        RetryPolicy.builder()
            .maxAttempts(policy.attempts())
            .perTry(policy.perTryTimeout())
            .budget(policy.retries(), RETRIES_PER_SECOND);
    if (policy.hedge() > 0) {
      retry.hedge(Hedge.atQuantile(policy.hedge()));
    }
    return retry.build();
  }

  private static StickyTokens tokens(StickyConfig sticky) {
    StickyTokens.Builder builder = null;
    for (StickyKey key : sticky.keys()) {
      byte[] bytes = HexFormat.of().parseHex(key.hex());
      builder =
          builder == null
              ? StickyTokens.builder(key.number(), bytes)
              : builder.accept(key.number(), bytes);
    }
    return requireNonNull(builder).build();
  }

  /** Lets the group outlive the checker, which is replaced when the settings of checks change. */
  private final class CurrentChecker implements HealthSignal {
    private final List<HealthChangeListener> listeners = new CopyOnWriteArrayList<>();

    @Override
    public Health health(String endpointId) {
      return checker.health(endpointId);
    }

    @Override
    public Subscription subscribe(HealthChangeListener listener) {
      listeners.add(listener);
      return () -> listeners.remove(listener);
    }

    @Override
    public boolean tryTrial(String endpointId) {
      return checker.tryTrial(endpointId);
    }

    @Override
    public boolean isMonitored(String endpointId) {
      return checker.isMonitored(endpointId);
    }

    private void forward(String endpointId, Health health) {
      listeners.forEach(listener -> listener.onHealth(endpointId, health));
    }
  }

  private final class Switches implements FailoverListener {
    @Override
    public void onSwitch(LineSwitchEvent event) {
      switches.add(Kind.LINE, event.from() + " → " + event.to(), event.cause());
    }

    @Override
    public void onEjection(EjectionEvent event) {
      switches.add(
          Kind.ENDPOINT, event.endpointId() + " ejected", "consecutive failures of real traffic");
    }
  }

  private final class StateChanges implements HealthListener {
    @Override
    public void onChange(HealthEvent event) {
      TargetState from = event.from();
      TargetState to = event.to();
      if (from != null && to != null && from.health() != to.health()) {
        switches.add(Kind.ENDPOINT, event.targetId() + " is " + word(to.health()), event.cause());
      }
    }
  }

  private static String word(Health health) {
    return health == Health.HEALTHY ? "healthy" : "unhealthy";
  }

  /** Returns the current group. */
  public FailoverGroup<InetSocketAddress> group() {
    return group;
  }

  /** Returns the names of the lines. */
  public List<String> names() {
    return config.lines().stream().map(LineConfig::name).toList();
  }

  /** Applies a configuration. Requests in flight complete under the previous one. */
  public synchronized void apply(GatewayConfig next) {
    if (!next.checks().equals(config.checks())) {
      HealthChecker old = checker;
      HealthChecker fresh = checker(next.checks());
      fresh.setTargets(targets(next));
      checker = fresh;
      old.close();
    } else {
      checker.setTargets(targets(next));
    }
    boolean sameRules =
        next.policy().equals(config.policy()) && Objects.equals(next.sticky(), config.sticky());
    if (sameRules) {
      group.update(lines(next));
    } else {
      // Requests in flight complete under the old policy. Endpoint statistics are reset.
      FailoverGroup<InetSocketAddress> old = group;
      group = group(next);
      old.close();
    }
    config = next;
  }

  private HealthChecker checker(CheckConfig checks) {
    boolean http = checks.type() == CheckType.HTTP;
    HealthChecker fresh =
        HealthChecker.builder("lines")
            .engine(engine)
            .probe(http ? Probe.http(checks.path()) : Probe.tcp())
            .schedule(
                ProbeSchedule.builder()
                    .interval(checks.interval())
                    .timeout(checks.timeout())
                    .build())
            .active(ActiveRules.of(Thresholds.riseFall(checks.rise(), checks.fall())))
            .passive(
                PassiveRules.builder()
                    .sharedVerdict() // a successful probe also clears a passive verdict
                    .build())
            .listener(new StateChanges())
            .build();
    Subscription unused = fresh.subscribe(signal::forward); // expires with the checker
    return fresh;
  }

  private static List<Target> targets(GatewayConfig config) {
    var targets = new ArrayList<Target>();
    for (LineConfig line : config.lines()) {
      for (EndpointConfig endpoint : line.endpoints()) {
        targets.add(new Target(endpoint.id(), endpoint.address()));
      }
    }
    return targets;
  }

  private static List<Line<InetSocketAddress>> lines(GatewayConfig config) {
    var lines = new ArrayList<Line<InetSocketAddress>>();
    for (LineConfig line : config.lines()) {
      var endpoints = new ArrayList<Endpoint<InetSocketAddress>>();
      for (EndpointConfig endpoint : line.endpoints()) {
        endpoints.add(
            new Endpoint<>(endpoint.id(), endpoint.address(), endpoint.weight(), Map.of()));
      }
      lines.add(new Line<>(line.name(), line.priority(), endpoints));
    }
    return lines;
  }

  /**
   * Drains a line: it receives no new requests, and its tunnels are closed gradually so that their
   * clients reconnect elsewhere.
   */
  public void drain(String line) {
    var unused =
        group
            .drain(line, DRAIN_WITHIN, DRAIN_PER_SECOND)
            .thenAccept(
                left -> switches.add(Kind.OPERATOR, line + ": drained", left + " tunnels left"));
  }

  /** Ends the drain of a line. */
  public void undrain(String line) {
    group.undrain(line);
  }

  /** Returns a snapshot for the status page. */
  public LinesStatus status(long nowMillis, boolean simulated) {
    return LinesStatus.of(config, group.snapshot(), checker.snapshot(), nowMillis, simulated);
  }

  @Override
  public void close() {
    refresh.close();
    group.close();
    checker.close();
    engine.close();
  }
}
