// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
module consumer.upstreams {
  requires io.gatewaykit.healthcheck;
  requires io.gatewaykit.failover;
  requires java.net.http;
  requires jdk.httpserver;
}
