// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** The types shared by GatewayKit's modules: requests, guards, routes, upstreams and time. */
@SuppressWarnings(
    "module") // the modules that the internal package is exported to are not yet built
module io.gatewaykit.api {
  requires org.slf4j;
  requires static transitive org.jspecify;

  exports io.gatewaykit.api;
  exports io.gatewaykit.api.guard;
  exports io.gatewaykit.api.request;
  exports io.gatewaykit.api.route;
  exports io.gatewaykit.api.upstream;
  exports io.gatewaykit.api.internal to
      io.gatewaykit.failover,
      io.gatewaykit.healthcheck,
      io.gatewaykit.httpclient,
      io.gatewaykit.ratelimit,
      io.gatewaykit.redis,
      io.gatewaykit.servlet,
      io.gatewaykit.netty,
      io.gatewaykit.micrometer,
      io.gatewaykit.waf,
      io.gatewaykit.wafrules;
}
