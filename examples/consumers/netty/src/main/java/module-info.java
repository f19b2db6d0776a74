// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
module consumer.netty {
  requires io.gatewaykit.netty;
  requires io.gatewaykit.ratelimit;
  requires io.netty.buffer;
  requires io.netty.common;
  requires io.netty.transport;
  requires io.netty.codec.http;
  requires java.net.http;
}
