package io.gatewaykit.examples.edge.policy;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.route.LiveRoutes;
import io.gatewaykit.api.route.Route;
import io.gatewaykit.api.route.RouteConflictException;
import io.gatewaykit.api.route.RouteTable;
import io.gatewaykit.examples.edge.config.ConfigException;
import io.gatewaykit.examples.edge.config.GatewayConfig;
import io.gatewaykit.examples.edge.config.GatewayConfig.LimitConfig;
import io.gatewaykit.examples.edge.config.GatewayConfig.RouteConfig;
import io.gatewaykit.examples.edge.config.GatewayConfig.WafConfig;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafGuard;
import io.gatewaykit.waf.rule.RuleFamily;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Says which guards stand before a request, as the configuration in force has it. A new
 * configuration is taken as a whole; what did not change in it keeps its state.
 */
public final class LivePolicy implements GuardSelector, AutoCloseable {
  private static final RouteConfig EVERYTHING =
      new RouteConfig("default", 0, null, "/**", List.of(), null, true);

  private final TrafficMeter traffic = new TrafficMeter();
  private final GuardChain unrouted = GuardChain.of(traffic);
  private final RecentIncidents incidents;
  private volatile InForce inForce;

  /** A configuration at work. */
  record InForce(
      LiveRoutes<RoutePolicy> routes,
      List<RouteConfig> routeConfigs,
      Map<String, LiveLimit> limits,
      WafConfig wafConfig,
      WafGuard waf,
      Map<String, LongAdder> hits,
      @Nullable SharedStore store) {}

  /** What applies to the requests of a route. */
  record RoutePolicy(GuardChain chain, LongAdder hits) {}

  /**
   * Makes a policy.
   *
   * @param clock the time in milliseconds since 1970, for incidents
   * @throws ConfigException if two routes could both be meant by one request
   */
  public LivePolicy(GatewayConfig config, LongSupplier clock) throws ConfigException {
    incidents = new RecentIncidents(clock);
    inForce = build(config, null);
  }

  /**
   * Replaces the configuration; requests under way end as they began.
   *
   * @throws ConfigException if it cannot be applied; the old one stays
   */
  public void apply(GatewayConfig config) throws ConfigException {
    SharedStore before = inForce.store();
    inForce = build(config, inForce);
    if (before != null && before != inForce.store()) {
      before.close(); // what waits for it goes by its share
    }
  }

  @Override
  public void close() {
    SharedStore store = inForce.store();
    if (store != null) {
      store.close();
    }
  }

  @Override
  public GuardChain select(GatewayRequest request) {
    Route<RoutePolicy> route = inForce.routes().match(request);
    if (route == null) {
      return unrouted;
    }
    route.target().hits().increment();
    return route.target().chain();
  }

  private InForce build(GatewayConfig config, @Nullable InForce before) throws ConfigException {
    SharedStore store = before == null ? null : before.store();
    if (store != null && store.serves(config.redis())) {
      return build(config, before, store);
    }
    SharedStore opened = SharedStore.open(config.redis());
    try {
      return build(config, before, opened);
    } catch (ConfigException | RuntimeException e) {
      if (opened != null) {
        opened.close();
      }
      throw e;
    }
  }

  private InForce build(GatewayConfig config, @Nullable InForce before, @Nullable SharedStore store)
      throws ConfigException {
    var limits = new HashMap<String, LiveLimit>();
    for (LimitConfig limit : config.limits()) {
      LiveLimit old = before == null ? null : before.limits().get(limit.name());
      try {
        limits.put(
            limit.name(), old != null && old.isAs(limit, store) ? old : LiveLimit.of(limit, store));
      } catch (IllegalArgumentException e) {
        throw new ConfigException(List.of("limits." + limit.name() + ": " + e.getMessage()));
      }
    }
    // A new guard, and not WafGuard.replace: routes and firewall change for a request as one.
    WafGuard waf =
        before != null && before.wafConfig().equals(config.waf())
            ? before.waf()
            : WafGuard.builder(waf(config.waf())).build();
    var hits = new HashMap<String, LongAdder>();
    List<RouteConfig> configs = config.routes().isEmpty() ? List.of(EVERYTHING) : config.routes();
    var routes = new ArrayList<Route<RoutePolicy>>();
    for (RouteConfig route : configs) {
      LongAdder old = before == null ? null : before.hits().get(route.name());
      LongAdder counter = old == null ? new LongAdder() : old;
      hits.put(route.name(), counter);
      routes.add(route(route, new RoutePolicy(chain(route, limits, waf), counter)));
    }
    RouteTable<RoutePolicy> table;
    try {
      table = RouteTable.of(routes);
    } catch (RouteConflictException e) {
      throw new ConfigException(List.of("routes: " + e.getMessage()));
    }
    return new InForce(new LiveRoutes<>(table), configs, limits, config.waf(), waf, hits, store);
  }

  private GuardChain chain(RouteConfig route, Map<String, LiveLimit> limits, WafGuard waf) {
    var guards = new ArrayList<Guard>();
    guards.add(traffic);
    LiveLimit limit = route.limit() == null ? null : limits.get(route.limit());
    if (limit != null) {
      guards.add(limit.guard()); // before the firewall: a flood must not cost inspections
    }
    if (route.waf()) {
      guards.add(waf);
    }
    return GuardChain.of(guards.toArray(Guard[]::new));
  }

  private static Route<RoutePolicy> route(RouteConfig config, RoutePolicy policy) {
    Route.Builder<RoutePolicy> route =
        Route.builder(config.name(), policy)
            .priority(config.priority())
            .path(config.path())
            .methods(config.methods().toArray(String[]::new));
    if (config.host() != null) {
      route.host(config.host());
    }
    return route.build();
  }

  private Waf waf(WafConfig config) {
    Waf.Builder waf =
        Waf.builder()
            .mode(config.mode())
            .families(config.families().toArray(RuleFamily[]::new))
            .threshold(config.threshold())
            .listener(incidents);
    config.exclusions().forEach(waf::exclude);
    return waf.build();
  }

  /** Returns what is counted before all other guards. */
  public TrafficMeter traffic() {
    return traffic;
  }

  /** Returns how this policy stands, for the status page. */
  public PolicyStatus status() {
    return PolicyStatus.of(inForce, incidents);
  }
}
