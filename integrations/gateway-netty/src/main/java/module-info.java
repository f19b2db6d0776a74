// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** GatewayKit's Netty handlers. */
module io.gatewaykit.netty {
  requires transitive io.gatewaykit.api;
  requires transitive io.netty.transport;
  requires io.netty.buffer;
  requires io.netty.codec;
  requires io.netty.codec.haproxy;
  requires io.netty.codec.http;
  requires io.netty.common;
  requires io.netty.handler;
  requires org.slf4j;
  requires static transitive org.jspecify;

  exports io.gatewaykit.netty;
}
