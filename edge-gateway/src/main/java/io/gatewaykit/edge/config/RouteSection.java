// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.config;

import io.gatewaykit.edge.config.GatewayConfig.DefaultsConfig;
import io.gatewaykit.edge.config.GatewayConfig.LimitConfig;
import io.gatewaykit.edge.config.GatewayConfig.RouteConfig;
import io.gatewaykit.edge.config.GatewayConfig.WafConfig;
import io.gatewaykit.edge.config.GatewayConfig.WebSocketConfig;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads the routes and the defaults, with the guards of their WebSockets. */
final class RouteSection {
  private static final Scalar<String> PATTERN =
      Scalar.text(
          "a path such as /chat, with * for one segment and a trailing ** for any remainder",
          t -> t.matches("(/([^/*\\s]*|\\*))*(/\\*\\*)?") && t.startsWith("/"));
  private static final Scalar<String> HOST =
      Scalar.text(
          "a host name, or *.NAME for all hosts below it",
          t -> t.matches("(\\*\\.)?[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*"));
  private static final Scalar<String> METHOD =
      Scalar.text("a method in capital letters, such as GET", t -> t.matches("[A-Z]{1,32}"));
  private static final Scalar<Duration> IDLE_TIME =
      Scalar.duration(Duration.ofSeconds(1), Duration.ofHours(24));
  private static final int MAX_MESSAGE = 16 << 20;

  /**
   * The names of limits.
   *
   * @param all all limits
   * @param ofMessages those that can limit messages: a message has no response with its cost
   */
  record LimitNames(Set<String> all, Set<String> ofMessages) {
    static LimitNames of(List<LimitConfig> limits) {
      var all = new TreeSet<String>();
      var ofMessages = new TreeSet<String>();
      for (LimitConfig limit : limits) {
        all.add(limit.name());
        if (limit.settle().isEmpty()) {
          ofMessages.add(limit.name());
        }
      }
      return new LimitNames(all, ofMessages);
    }
  }

  private RouteSection() {}

  static DefaultsConfig defaults(YamlMap map, LimitNames limits, WafConfig firewall) {
    return new DefaultsConfig(
        map.scalar("waf", Scalar.SWITCH, true),
        limitName(map, limits.all()),
        webSocket(map, limits, firewall));
  }

  private static WebSocketConfig webSocket(YamlMap map, LimitNames limits, WafConfig firewall) {
    return map.map(
        "websocket",
        m -> {
          String waf = m.optional("waf", WafSection.choice(firewall));
          Long maxMessage = m.optional("max-message", Scalar.size(1, MAX_MESSAGE));
          return new WebSocketConfig(
              limitName(m, limits.ofMessages()),
              waf == null ? null : WafSection.isOn(waf),
              waf == null ? "" : WafSection.policyName(waf),
              maxMessage == null ? null : maxMessage.intValue(),
              m.scalar("idle-timeout", IDLE_TIME, WebSocketConfig.AS_ROUTE.idleTimeout()));
        },
        WebSocketConfig.AS_ROUTE);
  }

  private static @Nullable String limitName(YamlMap map, Set<String> limits) {
    String limit = map.optional("limit", ConfigReader.NAME);
    if (limit != null && !limits.contains(limit)) {
      map.problems()
          .add(
              map.where("limit"),
              map.at("limit"),
              limit,
              limits.isEmpty() ? "no limits are defined" : "one of " + String.join(", ", limits));
    }
    return limit;
  }

  static RouteConfig route(YamlMap map, LimitNames limits, WafConfig firewall, Set<String> names) {
    String name = ConfigReader.unique(map, "name", names, "a unique name, not defaults");
    String limit = limitName(map, limits.all());
    String waf = map.scalar("waf", WafSection.choice(firewall), WafSection.ON);
    return new RouteConfig(
        name,
        map.scalar("priority", Scalar.integer(-1_000_000, 1_000_000), 0),
        map.optional("host", HOST),
        map.scalar("path", PATTERN, "/**"),
        List.copyOf(Set.copyOf(map.scalars("methods", METHOD, List.of()))),
        limit,
        WafSection.isOn(waf),
        WafSection.policyName(waf),
        webSocket(map, limits, firewall));
  }
}
