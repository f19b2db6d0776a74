// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.policy;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.edge.admin.GatewayStatus;
import io.gatewaykit.edge.config.GatewayConfig.LimitConfig;
import io.gatewaykit.edge.config.GatewayConfig.RouteConfig;
import io.gatewaykit.edge.policy.LivePolicy.InForce;
import io.gatewaykit.edge.policy.RecentIncidents.Incident;
import io.gatewaykit.ratelimit.RateLimitGuard;
import io.gatewaykit.waf.RuleHit;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.rule.RuleFamily;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;

/**
 * A snapshot of the guards.
 *
 * @param limiters the rate limits
 * @param waf the firewall
 * @param routes the routes, in order of evaluation
 */
public record PolicyStatus(
    List<GatewayStatus.Limiter> limiters, GatewayStatus.Waf waf, List<GatewayStatus.Route> routes) {

  static PolicyStatus of(InForce inForce, RecentIncidents incidents) {
    var limiters = new ArrayList<GatewayStatus.Limiter>();
    for (LiveLimit limit : inForce.limits().values()) {
      limiters.add(limiter(limit));
    }
    limiters.sort(Comparator.comparing(GatewayStatus.Limiter::name));
    var routes = new ArrayList<GatewayStatus.Route>();
    for (RouteConfig route : inForce.routeConfigs()) {
      LongAdder hits = inForce.hits().get(route.name());
      routes.add(route(route, hits == null ? 0 : hits.sum()));
    }
    routes.sort(Comparator.comparingInt(GatewayStatus.Route::priority).reversed());
    return new PolicyStatus(limiters, waf(inForce, incidents), routes);
  }

  /** Returns the number of requests rejected by limits. */
  public long limited() {
    return limiters.stream()
        .filter(limiter -> !limiter.mode().contains("shadow"))
        .mapToLong(GatewayStatus.Limiter::rejected)
        .sum();
  }

  private static GatewayStatus.Limiter limiter(LiveLimit limit) {
    LimitConfig config = limit.config();
    RateLimitGuard guard = limit.guard();
    return new GatewayStatus.Limiter(
        config.name(),
        config.permits() + "/" + unit(config.period()),
        config.burst(),
        (config.delay() ? "delay" : "nodelay")
            + (config.shadow() ? ", shadow" : "")
            + (config.shared() ? ", shared" : ""),
        word(config.key()),
        guard.allowed(),
        guard.delayed(),
        guard.rejected(),
        limit.liveKeys().getAsLong());
  }

  private static String unit(Duration period) {
    return switch ((int) period.toSeconds()) {
      case 1 -> "s";
      case 60 -> "m";
      case 3_600 -> "h";
      default -> period.toString();
    };
  }

  private static GatewayStatus.Route route(RouteConfig route, long hits) {
    String methods = route.methods().isEmpty() ? "" : String.join(",", route.methods()) + " ";
    String host = route.host() == null ? "" : route.host();
    return new GatewayStatus.Route(
        route.name(),
        route.priority(),
        methods + host + route.path(),
        route.limit() == null ? "" : route.limit(),
        route.waf(),
        hits);
  }

  private static GatewayStatus.Waf waf(InForce inForce, RecentIncidents incidents) {
    Waf firewall = requireNonNull(inForce.firewalls().get("")).waf();
    var list = new ArrayList<GatewayStatus.Incident>();
    for (Incident incident : incidents.newestFirst()) {
      list.add(incident(incident));
    }
    var families = new ArrayList<String>();
    for (RuleFamily family : firewall.families()) {
      families.add(word(family));
    }
    return new GatewayStatus.Waf(
        word(firewall.mode()),
        inForce.unguarded(),
        families,
        firewall.threshold(),
        incidents.blocked(),
        incidents.detected(),
        list);
  }

  private static GatewayStatus.Incident incident(Incident incident) {
    var rules = new ArrayList<String>();
    for (RuleHit hit : incident.result().hits()) {
      rules.add(hit.rule());
    }
    RuleHit first = incident.result().hits().isEmpty() ? null : incident.result().hits().get(0);
    String where = first == null ? "" : word(first.target()) + " " + first.name();
    return new GatewayStatus.Incident(
        incident.at(),
        incident.result().incident(),
        incident.result().blocked(),
        incident.result().score(),
        incident.request(),
        rules,
        where.strip(),
        first == null ? "" : first.excerpt());
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
