// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
module consumer.servlet {
  requires io.gatewaykit.servlet;
  requires io.gatewaykit.ratelimit;
  requires org.eclipse.jetty.ee10.servlet;
  requires java.net.http;
}
