// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.policy;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.route.LiveRoutes;
import io.gatewaykit.api.route.Route;
import io.gatewaykit.api.route.RouteConflictException;
import io.gatewaykit.api.route.RouteTable;
import io.gatewaykit.edge.config.ConfigException;
import io.gatewaykit.edge.config.GatewayConfig;
import io.gatewaykit.edge.config.GatewayConfig.DefaultsConfig;
import io.gatewaykit.edge.config.GatewayConfig.LimitConfig;
import io.gatewaykit.edge.config.GatewayConfig.RouteConfig;
import io.gatewaykit.edge.config.GatewayConfig.WafConfig;
import io.gatewaykit.edge.config.GatewayConfig.WebSocketConfig;
import io.gatewaykit.edge.proxy.MessagePolicy;
import io.gatewaykit.waf.WafGuard;
import io.gatewaykit.waf.WafMode;
import io.gatewaykit.wafrules.WafPolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Selects the guards of each request from the active configuration. A new configuration replaces it
 * atomically; its unchanged parts retain their state.
 */
public final class LivePolicy implements GuardSelector, AutoCloseable {
  private final TrafficMeter traffic = new TrafficMeter();
  private final RecentIncidents incidents;
  private volatile InForce inForce;

  /** An active configuration. */
  record InForce(
      LiveRoutes<RoutePolicy> routes,
      List<RouteConfig> routeConfigs,
      Map<String, LiveLimit> limits,
      WafConfig wafConfig,
      Map<String, WafGuard> firewalls,
      Map<String, LongAdder> hits,
      @Nullable SharedStore store) {

    /** Returns the names of the routes that are exempt from the firewall. */
    List<String> unguarded() {
      var names = new ArrayList<String>();
      for (RouteConfig route : routeConfigs) {
        if (!route.waf()) {
          names.add(route.name());
        } else if (Boolean.FALSE.equals(route.webSocket().waf())) {
          names.add(route.name() + " (WebSocket messages)");
        }
      }
      return names;
    }
  }

  /**
   * Creates a policy.
   *
   * @param clock the time in milliseconds since 1970, for incidents
   * @throws ConfigException if two routes are ambiguous for a request
   */
  public LivePolicy(GatewayConfig config, LongSupplier clock) throws ConfigException {
    incidents = new RecentIncidents(clock);
    inForce = build(config, null);
  }

  /**
   * Replaces the configuration. Requests in flight complete under the previous one.
   *
   * @throws ConfigException if it cannot be applied; the previous configuration remains active
   */
  public void apply(GatewayConfig config) throws ConfigException {
    SharedStore before = inForce.store();
    inForce = build(config, inForce);
    if (before != null && before != inForce.store()) {
      before.close(); // pending decisions fall back to this gateway's share
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
    Route<RoutePolicy> route = requireNonNull(inForce.routes().match(request));
    RoutePolicy policy = route.target(); // the defaults match every request
    request.attributes().set(Route.SELECTED, route.name());
    if (request.headers().first("upgrade") != null) {
      request.attributes().set(MessagePolicy.SELECTED, policy.messages());
    }
    policy.count();
    return policy.chain();
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
    // A new guard instead of WafGuard.replace, so that routes and firewall change atomically.
    Map<String, WafGuard> firewalls = firewalls(config.waf(), before);
    var hits = new HashMap<String, LongAdder>();
    var configs = new ArrayList<>(config.routes());
    configs.add(lastRoute(config.defaults()));
    var routes = new ArrayList<Route<RoutePolicy>>();
    for (RouteConfig route : configs) {
      LongAdder old = before == null ? null : before.hits().get(route.name());
      LongAdder counter = old == null ? new LongAdder() : old;
      hits.put(route.name(), counter);
      routes.add(route(route, policy(route, limits, firewalls, counter)));
    }
    RouteTable<RoutePolicy> table;
    try {
      table = RouteTable.of(routes);
    } catch (RouteConflictException e) {
      throw new ConfigException(List.of("routes: " + e.getMessage()));
    }
    return new InForce(
        new LiveRoutes<>(table), configs, limits, config.waf(), firewalls, hits, store);
  }

  /** Returns the defaults as a route of the lowest priority. */
  private static RouteConfig lastRoute(DefaultsConfig defaults) {
    return new RouteConfig(
        DefaultsConfig.NAME,
        Integer.MIN_VALUE,
        null,
        "/**",
        List.of(),
        defaults.limit(),
        defaults.waf(),
        "",
        defaults.webSocket());
  }

  private RoutePolicy policy(
      RouteConfig route,
      Map<String, LiveLimit> limits,
      Map<String, WafGuard> firewalls,
      LongAdder hits) {
    WafGuard firewall = requireNonNull(firewalls.get(route.wafPolicy()));
    LiveLimit limit = route.limit() == null ? null : limits.get(route.limit());
    return RoutePolicy.of(
        traffic,
        limit == null ? List.of() : List.of(limit.guard()),
        route.waf() ? List.of(firewall) : List.of(),
        List.of(hits),
        messages(route, limits, firewalls));
  }

  private static MessagePolicy messages(
      RouteConfig route, Map<String, LiveLimit> limits, Map<String, WafGuard> firewalls) {
    WebSocketConfig config = route.webSocket();
    Boolean own = config.waf();
    WafGuard firewall =
        requireNonNull(firewalls.get(own == null ? route.wafPolicy() : config.wafPolicy()));
    boolean inspects = (own == null ? route.waf() : own) && firewall.waf().mode() != WafMode.OFF;
    LiveLimit limit = config.limit() == null ? null : limits.get(config.limit());
    Integer max = config.maxMessage();
    int otherwise = inspects ? WebSocketConfig.MAX_INSPECTED_MESSAGE : MessagePolicy.UNBOUNDED;
    return new MessagePolicy(
        limit == null ? List.of() : List.of(limit.messages()),
        inspects ? List.of(new TextInspection(firewall)) : List.of(),
        max == null ? otherwise : max,
        config.idleTimeout());
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

  /** Returns a guard for each policy, and reuses those of unchanged policies. */
  private Map<String, WafGuard> firewalls(WafConfig config, @Nullable InForce before) {
    Map<String, WafPolicy> old = before == null ? Map.of() : before.wafConfig().policies();
    var firewalls = new HashMap<String, WafGuard>();
    config
        .policies()
        .forEach((name, policy) -> {
          WafGuard known = before == null ? null : before.firewalls().get(name);
          boolean same = known != null && policy.equals(old.get(name));
          firewalls.put(
              name, same ? known : policy.guard(policy.waf().listener(incidents).build()).build());
        });
    return firewalls;
  }

  /** Returns the counters of requests, evaluated before all other guards. */
  public TrafficMeter traffic() {
    return traffic;
  }

  /** Returns a snapshot for the status page. */
  public PolicyStatus status() {
    return PolicyStatus.of(inForce, incidents);
  }
}
