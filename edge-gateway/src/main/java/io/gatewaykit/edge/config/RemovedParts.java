// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.config;

import io.gatewaykit.edge.config.GatewayConfig.EndpointConfig;
import io.gatewaykit.edge.config.GatewayConfig.LimitConfig;
import io.gatewaykit.edge.config.GatewayConfig.LineConfig;
import io.gatewaykit.edge.config.GatewayConfig.RouteConfig;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/**
 * Lists the parts of the previous configuration that a new one lacks. A truncated file can still be
 * valid, and without its routes and limits it protects less.
 */
public final class RemovedParts {
  private RemovedParts() {}

  /** Returns the removed parts, such as {@code routes chat, login}; empty if nothing is missing. */
  public static List<String> of(GatewayConfig before, GatewayConfig after) {
    var removed = new ArrayList<String>();
    add(removed, "routes", routes(before), routes(after));
    add(removed, "limits", limits(before), limits(after));
    add(removed, "firewall policies", before.waf().named().keySet(), after.waf().named().keySet());
    add(removed, "lines", lines(before), lines(after));
    add(removed, "endpoints", endpoints(before), endpoints(after));
    add(
        removed,
        "trusted proxies",
        before.client().trustedProxies(),
        after.client().trustedProxies());
    if (before.redis() != null && after.redis() == null) {
      removed.add("redis");
    }
    if (before.sticky() != null && after.sticky() == null) {
      removed.add("sticky");
    }
    return removed;
  }

  private static void add(
      List<String> removed, String kind, Collection<String> before, Collection<String> after) {
    var missing = new TreeSet<>(before);
    missing.removeAll(after);
    if (!missing.isEmpty()) {
      removed.add(kind + " " + String.join(", ", missing));
    }
  }

  private static List<String> routes(GatewayConfig config) {
    return config.routes().stream().map(RouteConfig::name).toList();
  }

  private static List<String> limits(GatewayConfig config) {
    return config.limits().stream().map(LimitConfig::name).toList();
  }

  private static List<String> lines(GatewayConfig config) {
    return config.lines().stream().map(LineConfig::name).toList();
  }

  private static List<String> endpoints(GatewayConfig config) {
    return config.lines().stream()
        .flatMap(line -> line.endpoints().stream())
        .map(EndpointConfig::id)
        .toList();
  }
}
