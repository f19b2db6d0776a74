// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Health checks: active probes and passive reports of real traffic. */
module io.gatewaykit.healthcheck {
  requires transitive io.gatewaykit.api;
  requires org.slf4j;
  requires static transitive org.jspecify;

  exports io.gatewaykit.healthcheck;
  exports io.gatewaykit.healthcheck.state;
  exports io.gatewaykit.healthcheck.status;
}
