// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.admin;

import io.gatewaykit.api.internal.PrometheusText;
import io.gatewaykit.edge.proxy.ProxyLoad;

/** Writes the status in the Prometheus text format. Labels never contain client input. */
final class StatusPrometheus {
  private static final String GROUP = "upstream";

  private final PrometheusText out = new PrometheusText();

  private StatusPrometheus() {}

  static String of(GatewayStatus status) {
    var text = new StatusPrometheus();
    text.traffic(status.traffic());
    text.load(status.load());
    text.endpoints(status);
    text.limiters(status);
    text.waf(status.waf());
    text.config(status.config());
    return text.out.toString();
  }

  private void traffic(GatewayStatus.Traffic traffic) {
    out.family("gateway_requests_total", "counter", "Requests that reached the gateway.");
    out.sample("gateway_requests_total", traffic.requests());
    out.family("gateway_requests_in_flight", "gauge", "Requests being served.");
    out.sample("gateway_requests_in_flight", traffic.inFlight());
    out.family("gateway_requests_failed_total", "counter", "Requests with a 5xx response.");
    out.sample("gateway_requests_failed_total", traffic.failed());
  }

  private void load(ProxyLoad load) {
    out.family("gateway_client_connections", "gauge", "Client connections.");
    out.sample("gateway_client_connections", load.connections());
    out.family(
        "gateway_client_held_bytes", "gauge", "Buffered bytes of heads, bodies and messages.");
    out.sample("gateway_client_held_bytes", load.heldBytes());
    out.family(
        "gateway_client_slow_readers", "gauge", "Connections with a client that does not read.");
    out.sample("gateway_client_slow_readers", load.slowReaders());
    out.family("gateway_client_bounds_total", "counter", "Clients rejected at a bound, by bound.");
    out.sample("gateway_client_bounds_total", load.rejectedConnections(), "bound", "connections");
    out.sample("gateway_client_bounds_total", load.rejectedHolds(), "bound", "held_bytes");
    out.sample("gateway_client_bounds_total", load.slowRequests(), "bound", "request_rate");
    out.sample("gateway_client_bounds_total", load.droppedReaders(), "bound", "slow_readers");
  }

  private void endpoints(GatewayStatus status) {
    out.family(
        "gateway_healthcheck_state", "gauge", "1 for the current state of a node, 0 for others.");
    forEachEndpoint(
        status,
        (line, node) -> {
          for (String state : new String[] {"available", "unavailable"}) {
            boolean is = node.available() == state.equals("available");
            out.sample(
                "gateway_healthcheck_state",
                is ? 1 : 0,
                "group",
                GROUP,
                "line",
                line.name(),
                "node",
                node.id(),
                "state",
                state);
          }
        });
    out.family("gateway_failover_selections_total", "counter", "Attempts sent to a node.");
    forEachEndpoint(
        status,
        (line, node) ->
            out.sample(
                "gateway_failover_selections_total",
                node.picks(),
                "group",
                GROUP,
                "line",
                line.name(),
                "node",
                node.id(),
                "role",
                line.role()));
    out.family("gateway_failover_in_flight", "gauge", "Attempts in flight at a node.");
    forEachEndpoint(
        status,
        (line, node) ->
            out.sample(
                "gateway_failover_in_flight",
                node.inFlight(),
                "group",
                GROUP,
                "line",
                line.name(),
                "node",
                node.id()));
  }

  private void limiters(GatewayStatus status) {
    out.family("gateway_ratelimit_requests_total", "counter", "Decisions of a limiter.");
    for (GatewayStatus.Limiter limiter : status.limiters()) {
      decisions(limiter, "allowed", limiter.allowed());
      decisions(limiter, "delayed", limiter.delayed());
      decisions(limiter, "rejected", limiter.rejected());
    }
    out.family("gateway_ratelimit_keys", "gauge", "Buckets that have not drained.");
    for (GatewayStatus.Limiter limiter : status.limiters()) {
      out.sample("gateway_ratelimit_keys", limiter.keys(), "limiter", limiter.name());
    }
  }

  private void decisions(GatewayStatus.Limiter limiter, String outcome, long count) {
    out.sample(
        "gateway_ratelimit_requests_total", count, "limiter", limiter.name(), "outcome", outcome);
  }

  private void waf(GatewayStatus.Waf waf) {
    out.family("gateway_waf_requests_total", "counter", "Requests with hits of the firewall.");
    out.sample("gateway_waf_requests_total", waf.blocked(), "outcome", "blocked");
    out.sample("gateway_waf_requests_total", waf.detected(), "outcome", "detected");
  }

  private void config(GatewayStatus.Config config) {
    out.family("gateway_config_reloads_total", "counter", "Configuration changes by outcome.");
    out.sample("gateway_config_reloads_total", config.applied(), "outcome", "applied");
    out.sample("gateway_config_reloads_total", config.rejected(), "outcome", "rejected");
    out.family("gateway_config_revision", "gauge", "The active revision.");
    out.sample("gateway_config_revision", config.revision());
  }

  private interface EndpointVisitor {
    void visit(GatewayStatus.Line line, GatewayStatus.Endpoint node);
  }

  private static void forEachEndpoint(GatewayStatus status, EndpointVisitor visitor) {
    for (GatewayStatus.Line line : status.lines()) {
      line.endpoints().forEach(node -> visitor.visit(line, node));
    }
  }
}
