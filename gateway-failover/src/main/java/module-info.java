// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Selection of lines and endpoints, with retries, hedging, circuit breakers and failover. */
module io.gatewaykit.failover {
  requires transitive io.gatewaykit.api;
  requires org.slf4j;
  requires static transitive java.net.http; // for HttpDnsResolver alone
  requires static transitive org.jspecify;

  exports io.gatewaykit.failover;
  exports io.gatewaykit.failover.breaker;
  exports io.gatewaykit.failover.canary;
  exports io.gatewaykit.failover.resolve;
}
