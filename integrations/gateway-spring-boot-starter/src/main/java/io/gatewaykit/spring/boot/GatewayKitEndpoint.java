// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.request.RequestHead;
import io.gatewaykit.api.route.Route;
import io.gatewaykit.api.route.RouteTable;
import io.gatewaykit.ratelimit.ConcurrencyGuard;
import io.gatewaykit.ratelimit.RateLimitGuard;
import io.gatewaykit.servlet.GatewayFilter;
import io.gatewaykit.waf.Waf;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;

/** The actuator endpoint {@code gatewaykit}: limits, firewall and routes. Read-only. */
@Endpoint(id = GatewayKitProperties.PREFIX)
public final class GatewayKitEndpoint {
  private static final int TOP_RULES = 20;

  private final GatewayPolicy policy;
  private final NamedLimits limits;
  private final @Nullable Waf waf;
  private final RuleHits hits;
  private final List<GatewayFilter> filters;

  GatewayKitEndpoint(
      GatewayPolicy policy,
      NamedLimits limits,
      @Nullable Waf waf,
      RuleHits hits,
      List<GatewayFilter> filters) {
    this.policy = policy;
    this.limits = limits;
    this.waf = waf;
    this.hits = hits;
    this.filters = List.copyOf(filters);
  }

  /** Returns the limits with their counters, the firewall with its hits by rule, and the routes. */
  @ReadOperation
  public Map<String, Object> status() {
    var status = new LinkedHashMap<String, Object>();
    var byName = new TreeMap<String, Object>();
    limits.all().forEach((name, limit) -> byName.put(name, limit(limit)));
    status.put("limits", byName);
    if (waf != null) {
      status.put("waf", firewall(waf));
    }
    status.put("routes", policy.routes().routes().stream().map(this::route).toList());
    status.put(
        "waiting",
        Map.of(
            "requests", filters.stream().mapToLong(filter -> filter.waits().waiting()).sum(),
            "rejected", filters.stream().mapToLong(filter -> filter.waits().rejected()).sum()));
    return status;
  }

  private static Map<String, Object> limit(NamedLimit limit) {
    var status = new LinkedHashMap<String, Object>();
    if (limit.guard() instanceof RateLimitGuard guard) {
      status.put("type", "ratelimit");
      status.put("allowed", guard.allowed());
      status.put("delayed", guard.delayed());
      status.put("rejected", guard.rejected());
    } else if (limit.guard() instanceof ConcurrencyGuard guard) {
      status.put("type", "concurrency");
      status.put("rejected", guard.rejected());
    }
    status.put("afterAuthentication", limit.afterAuthentication());
    if (limit.limiter() != null) {
      var calls = new LinkedHashMap<String, Object>();
      calls.put("allowed", limit.limiter().allowed());
      calls.put("delayed", limit.limiter().delayed());
      calls.put("rejected", limit.limiter().rejected() + limit.limiter().impossible());
      status.put("calls", calls);
    }
    return status;
  }

  private Map<String, Object> firewall(Waf firewall) {
    var status = new LinkedHashMap<String, Object>();
    status.put("mode", firewall.mode().name());
    status.put("threshold", firewall.threshold());
    status.put("families", new TreeSet<>(firewall.families()));
    status.put("hits", hits.top(TOP_RULES));
    return status;
  }

  private Map<String, Object> route(Route<RoutePolicy> route) {
    var status = new LinkedHashMap<String, Object>();
    status.put("name", route.name());
    status.put("path", route.path());
    route.host().ifPresent(host -> status.put("host", host));
    status.put("methods", route.methods());
    status.put("priority", route.priority());
    var guards = new ArrayList<String>();
    route.target().first().guards().forEach(guard -> guards.add(guard.name()));
    status.put("guards", guards);
    status.put(
        "guardsAfterAuthentication",
        route.target().afterAuthentication().guards().stream().map(Guard::name).toList());
    return status;
  }

  /**
   * Returns the routes that a request matches, and the reasons why it does not match the others.
   *
   * @param operation {@code explain}; for another, null is returned, which is 404 over HTTP
   * @param method the method of the request
   * @param target the target of the request: a path, or a URI with a host
   */
  @ReadOperation
  public @Nullable Map<String, Object> operation(
      @Selector String operation, String method, String target) {
    if (!operation.equals("explain")) {
      return null;
    }
    RouteTable.Explanation explanation =
        policy.routes().explain(RequestHead.builder(method, target).build());
    var explained = new LinkedHashMap<String, Object>();
    explained.put("path", explanation.path());
    explained.put("alternativePaths", explanation.alternativePaths());
    explained.put("routes", explanation.routes());
    explained.put("steps", explanation.steps().stream().map(GatewayKitEndpoint::step).toList());
    return explained;
  }

  private static Map<String, Object> step(RouteTable.Step step) {
    var explained = new LinkedHashMap<String, Object>();
    explained.put("route", step.route());
    explained.put("priority", step.priority());
    explained.put("matches", step.matches());
    explained.put("reason", step.reason());
    return explained;
  }
}
