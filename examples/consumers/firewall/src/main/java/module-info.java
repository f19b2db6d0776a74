// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
module consumer.firewall {
  requires io.gatewaykit.waf;
  requires io.gatewaykit.api;
}
