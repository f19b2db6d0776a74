package io.gatewaykit.examples.edge.upstream;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.examples.edge.SwitchLog;
import io.gatewaykit.examples.edge.SwitchLog.Kind;
import io.gatewaykit.examples.edge.config.GatewayConfig;
import io.gatewaykit.examples.edge.config.GatewayConfig.CheckConfig;
import io.gatewaykit.examples.edge.config.GatewayConfig.CheckType;
import io.gatewaykit.examples.edge.config.GatewayConfig.EndpointConfig;
import io.gatewaykit.examples.edge.config.GatewayConfig.LineConfig;
import io.gatewaykit.examples.edge.config.GatewayConfig.PolicyConfig;
import io.gatewaykit.examples.edge.config.GatewayConfig.StickyConfig;
import io.gatewaykit.examples.edge.config.GatewayConfig.StickyKey;
import io.gatewaykit.failover.CircuitBreaker;
import io.gatewaykit.failover.CircuitBreakerBuilder;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.FailoverGroupBuilder;
import io.gatewaykit.failover.FailoverListener;
import io.gatewaykit.failover.Line;
import io.gatewaykit.failover.LineSwitcher;
import io.gatewaykit.failover.RetryPolicy;
import io.gatewaykit.failover.RetryPolicy.Hedge;
import io.gatewaykit.failover.StickyTokens;
import io.gatewaykit.healthcheck.HealthChecker;
import io.gatewaykit.healthcheck.HealthEvent;
import io.gatewaykit.healthcheck.HealthListener;
import io.gatewaykit.healthcheck.Probe;
import io.gatewaykit.healthcheck.ProbeEngine;
import io.gatewaykit.healthcheck.Target;
import io.gatewaykit.healthcheck.TargetState;
import io.gatewaykit.healthcheck.Thresholds;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The lines of the configuration in force, watched and chosen from. A new configuration keeps what
 * is known of endpoints that stay, unless how they are checked changed.
 */
public final class LiveLines implements AutoCloseable {
  /** Quicker than the defaults, which spare users' lines rather than the patience of onlookers. */
  private static final LineSwitcher SWITCHER =
      LineSwitcher.builder()
          .rise(Duration.ofSeconds(2))
          .ramp(Duration.ofSeconds(1), 0.25, 0.5, 1)
          .flaps(Duration.ofSeconds(10), 4, 1)
          .build();

  private static final int RETRIES_PER_SECOND = 10;
  private static final Duration DRAIN_WITHIN = Duration.ofSeconds(30);
  private static final double DRAIN_PER_SECOND = 20;

  private final ProbeEngine engine = ProbeEngine.builder().threadName("edge-probes").build();
  private final SwitchLog switches;
  private volatile FailoverGroup<InetSocketAddress> group;
  private final CurrentChecker signal = new CurrentChecker();
  private volatile GatewayConfig config;
  private volatile HealthChecker checker;

  /** Starts to watch the configuration's lines. */
  public LiveLines(GatewayConfig config, SwitchLog switches) {
    this.config = config;
    this.switches = switches;
    checker = checker(config.checks());
    checker.setTargets(targets(config));
    group = group(config);
  }

  private FailoverGroup<InetSocketAddress> group(GatewayConfig config) {
    PolicyConfig policy = config.policy();
    FailoverGroupBuilder<InetSocketAddress> builder =
        FailoverGroup.<InetSocketAddress>builder("lines")
            .health(signal)
            .report((id, outcome, status, nanos) -> checker.report(id, outcome, status, nanos))
            .listener(new Switches())
            .maxAttempts(policy.attempts())
            .perTry(policy.perTryTimeout())
            .retryBudget(policy.retries(), RETRIES_PER_SECOND)
            .asideFor(Duration.ofSeconds(2))
            .switcher(SWITCHER);
    if (policy.hedge() > 0) {
      Hedge hedge = Hedge.atQuantile(policy.hedge());
      builder.retry(RetryPolicy.builder().hedge(hedge).build());
    }
    if (policy.breaker() > 0) {
      CircuitBreakerBuilder breaker =
          CircuitBreaker.builder().failureRate(policy.breaker()).noConsecutiveLimit();
      builder.breaker(breaker).lineBreaker(breaker);
    }
    StickyConfig sticky = config.sticky();
    if (sticky != null) {
      builder.sticky(tokens(sticky));
      if (sticky.movesBack()) {
        builder.stickyMovesBack();
      }
    }
    lines(config).forEach(builder::line);
    return builder.build();
  }

  private static StickyTokens tokens(StickyConfig sticky) {
    StickyTokens.Builder builder = null;
    for (StickyKey key : sticky.keys()) {
      byte[] bytes = HexFormat.of().parseHex(key.hex());
      builder =
          builder == null
              ? StickyTokens.signedWith(key.number(), bytes)
              : builder.accept(key.number(), bytes);
    }
    return requireNonNull(builder).build();
  }

  /** The group outlives the checker, which is replaced when checks change. */
  private final class CurrentChecker implements HealthSignal {
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();

    @Override
    public Health health(String endpointId) {
      return checker.health(endpointId);
    }

    @Override
    public Subscription subscribe(Listener listener) {
      listeners.add(listener);
      return () -> listeners.remove(listener);
    }

    private void forward(String endpointId, Health health) {
      listeners.forEach(listener -> listener.onHealth(endpointId, health));
    }
  }

  private final class Switches implements FailoverListener {
    @Override
    public void onSwitch(String group, String from, String to, String cause) {
      switches.add(Kind.LINE, from + " → " + to, cause);
    }

    @Override
    public void onSetAside(String group, String endpointId) {
      switches.add(Kind.ENDPOINT, endpointId + " set aside", "failures in a row of real traffic");
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

  /** Returns what chooses the endpoints now. */
  public FailoverGroup<InetSocketAddress> group() {
    return group;
  }

  /** Returns the names of the lines. */
  public List<String> names() {
    return config.lines().stream().map(LineConfig::name).toList();
  }

  /** Applies a configuration; requests under way end as they began. */
  public void apply(GatewayConfig next) {
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
      // Requests under way end by the old rules; what was learnt of the endpoints begins anew.
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
            .interval(checks.interval())
            .timeout(checks.timeout())
            .active(Thresholds.riseFall(checks.rise(), checks.fall()))
            .sharedVerdict() // a probe that passes ends what traffic began
            .listener(new StateChanges())
            .build();
    HealthSignal.Subscription unused = fresh.subscribe(signal::forward); // ends with the checker
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
   * Takes a line out of use: it gets no new requests, and its tunnels are closed, a few at a time,
   * so that their clients connect anew elsewhere.
   */
  public void drain(String line) {
    var unused =
        group
            .drain(line, DRAIN_WITHIN, DRAIN_PER_SECOND)
            .thenAccept(
                left -> switches.add(Kind.OPERATOR, line + ": drained", left + " tunnels left"));
  }

  /** Takes a line back into use. */
  public void undrain(String line) {
    group.undrain(line);
  }

  /** Returns how the lines stand, for the status page. */
  public LinesStatus status(long nowMillis, boolean simulated) {
    return LinesStatus.of(config, group.snapshot(), checker.snapshot(), nowMillis, simulated);
  }

  @Override
  public void close() {
    group.close();
    checker.close();
    engine.close();
  }
}
