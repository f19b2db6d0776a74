// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardListener;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.route.Route;
import io.gatewaykit.api.route.RouteConflictException;
import io.gatewaykit.api.route.RouteTable;
import io.gatewaykit.spring.boot.GatewayKitProperties.RouteSettings;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Limits, firewall and routes of the application. Immutable but for the counters of guards. */
final class GatewayPolicy {
  /** The route of requests that match no other. */
  static final String DEFAULTS = "defaults";

  private static final Logger log = LoggerFactory.getLogger(GatewayPolicy.class);
  private static final String ROUTES = GatewayKitProperties.PREFIX + ".routes";

  private final Map<String, NamedLimit> limits;
  private final @Nullable Guard firewall;
  private final List<Guard> guards;
  private final GuardListener listener;
  private final RouteTable<RoutePolicy> routes;

  /**
   * Creates a policy.
   *
   * @param firewall null for none
   * @param guards further guards, which apply to all requests
   */
  GatewayPolicy(
      List<RouteSettings> routes,
      Map<String, NamedLimit> limits,
      @Nullable Guard firewall,
      List<Guard> guards,
      GuardListener listener) {
    this.limits = Map.copyOf(limits);
    this.firewall = firewall;
    this.guards = List.copyOf(guards);
    this.listener = listener;
    this.routes = table(routes);
  }

  private RouteTable<RoutePolicy> table(List<RouteSettings> settings) {
    var table = new ArrayList<Route<RoutePolicy>>();
    var used = new LinkedHashSet<String>();
    for (int i = 0; i < settings.size(); i++) {
      table.add(route(ROUTES + "[" + i + "]", settings.get(i)));
      used.addAll(settings.get(i).limits());
    }
    if (settings.isEmpty()) {
      used.addAll(limits.keySet());
    }
    Set<String> remaining = settings.isEmpty() ? new TreeSet<>(limits.keySet()) : Set.of();
    table.add(Route.builder(DEFAULTS, policy(remaining, true)).priority(Integer.MIN_VALUE).build());
    limits.keySet().stream()
        .filter(name -> !used.contains(name))
        .sorted()
        .forEach(name -> log.warn("limit {}: not applied (no route refers to it)", name));
    try {
      return RouteTable.of(table);
    } catch (RouteConflictException e) {
      throw new GatewayPropertyException(ROUTES, e);
    }
  }

  private Route<RoutePolicy> route(String property, RouteSettings settings) {
    String name = settings.name();
    if (name == null || name.equals(DEFAULTS)) {
      throw new GatewayPropertyException(
          property,
          "name: " + (name == null ? "none" : name) + " (expected: not " + DEFAULTS + ")");
    }
    for (String limit : settings.limits()) {
      if (!limits.containsKey(limit)) {
        throw new GatewayPropertyException(
            property + ".limits",
            limit + " (expected: " + String.join(", ", new TreeSet<>(limits.keySet())) + ")");
      }
    }
    try {
      Route.Builder<RoutePolicy> route =
          Route.builder(name, policy(new LinkedHashSet<>(settings.limits()), settings.waf()))
              .path(settings.path())
              .priority(settings.priority())
              .methods(settings.methods().toArray(String[]::new));
      if (settings.host() != null) {
        route.host(settings.host());
      }
      return route.build();
    } catch (IllegalArgumentException e) {
      throw new GatewayPropertyException(property, e);
    }
  }

  /** Returns the guards: limits first, so that a flood does not cost inspections. */
  private RoutePolicy policy(Set<String> names, boolean inspected) {
    var first = GuardChain.builder().listener(listener);
    var afterAuthentication = GuardChain.builder().listener(listener);
    for (String name : names) {
      NamedLimit limit = requireNonNull(limits.get(name), name);
      (limit.afterAuthentication() ? afterAuthentication : first).guard(limit.guard());
    }
    if (inspected && firewall != null) {
      first.guard(firewall);
    }
    guards.forEach(first::guard);
    return new RoutePolicy(first.build(), afterAuthentication.build());
  }

  /** Returns the selector of guards for the filter before Spring Security. */
  GuardSelector first() {
    return selector(RoutePolicy::first);
  }

  /** Returns the selector of guards for the filter after Spring Security. */
  GuardSelector afterAuthentication() {
    return selector(RoutePolicy::afterAuthentication);
  }

  private GuardSelector selector(Function<RoutePolicy, GuardChain> chain) {
    return request -> chain.apply(select(request));
  }

  private RoutePolicy select(GatewayRequest request) {
    Route<RoutePolicy> route = requireNonNull(routes.match(request)); // the defaults match all
    request.attributes().set(Route.SELECTED, route.name());
    return route.target();
  }

  /** Returns whether a limit applies after Spring Security. */
  boolean hasLimitsAfterAuthentication() {
    return limits.values().stream().anyMatch(NamedLimit::afterAuthentication);
  }

  Map<String, NamedLimit> limits() {
    return limits;
  }

  RouteTable<RoutePolicy> routes() {
    return routes;
  }
}
