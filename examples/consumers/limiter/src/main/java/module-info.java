// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
module consumer.limiter {
  requires io.gatewaykit.ratelimit;
}
