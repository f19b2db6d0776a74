// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** GatewayKit's servlet filter. */
module io.gatewaykit.servlet {
  requires transitive io.gatewaykit.api;
  requires transitive jakarta.servlet;
  requires org.slf4j;
  requires static transitive jakarta.websocket;
  requires static transitive org.jspecify;

  exports io.gatewaykit.servlet;
}
