// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import io.gatewaykit.edge.config.GatewayConfig;
import io.gatewaykit.edge.config.GatewayConfig.CheckConfig;
import io.gatewaykit.edge.config.GatewayConfig.CheckType;
import io.gatewaykit.edge.config.GatewayConfig.ClientConfig;
import io.gatewaykit.edge.config.GatewayConfig.DefaultsConfig;
import io.gatewaykit.edge.config.GatewayConfig.EndpointConfig;
import io.gatewaykit.edge.config.GatewayConfig.LimitConfig;
import io.gatewaykit.edge.config.GatewayConfig.LimitKey;
import io.gatewaykit.edge.config.GatewayConfig.LineConfig;
import io.gatewaykit.edge.config.GatewayConfig.PolicyConfig;
import io.gatewaykit.edge.config.GatewayConfig.RouteConfig;
import io.gatewaykit.edge.config.GatewayConfig.WafConfig;
import io.gatewaykit.edge.demo.SimulatedEndpoint;
import io.gatewaykit.edge.demo.SimulatedLine;
import io.gatewaykit.edge.demo.SimulatedLines;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The configuration of the demonstration, with three simulated lines and a chat route. */
final class DemoConfig {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private DemoConfig() {}

  static GatewayConfig of(SimulatedLines simulated) {
    var lines = new ArrayList<LineConfig>();
    for (SimulatedLine line : simulated.lines()) {
      lines.add(line(line, lines.size()));
    }
    return new GatewayConfig(
        loopback(8080),
        loopback(9901),
        ClientConfig.PEER,
        List.of(
            limit("chat", 5, LimitKey.CLIENT_ADDRESS, 100_000),
            limit("site", 50_000, LimitKey.ALL, 1_024)),
        WafConfig.BLOCK_ALL,
        DefaultsConfig.GUARDED,
        List.of(
            new RouteConfig("chat", 10, null, "/chat/**", List.of(), "chat", true),
            new RouteConfig("site", 0, null, "/**", List.of(), "site", true)),
        lines,
        new CheckConfig(
            CheckType.HTTP, "/health", Duration.ofMillis(500), Duration.ofMillis(500), 2, 2),
        new PolicyConfig(
            4,
            Duration.ofMillis(500),
            Duration.ofMillis(500),
            PolicyConfig.DEFAULT.bodyTimeout(),
            0.2,
            0.99,
            0.5),
        null,
        null,
        GatewayConfig.BoundsConfig.OF_PROCESS);
  }

  private static LineConfig line(SimulatedLine line, int priority) {
    var endpoints = new ArrayList<EndpointConfig>();
    for (SimulatedEndpoint endpoint : line.endpoints()) {
      endpoints.add(new EndpointConfig(endpoint.name(), endpoint.address(), 1));
    }
    String provider = "simulated, " + line.delay().toMillis() + " ms away";
    return new LineConfig(line.name(), provider, priority, endpoints);
  }

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private static LimitConfig limit(String name, int rate, LimitKey key, int maxKeys) {
    return new LimitConfig(name, rate, SECOND, rate, false, key, false, maxKeys, false, 1, "");
  }
}
