// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Limits on how often something may happen. */
module io.gatewaykit.ratelimit {
  requires transitive io.gatewaykit.api;
  requires static transitive org.jspecify;
  requires static com.github.benmanes.caffeine;
  requires org.slf4j;

  exports io.gatewaykit.ratelimit;
}
