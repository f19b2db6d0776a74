// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** One limit across many nodes: limiters that keep their state in Redis or Valkey. */
@SuppressWarnings({
  "requires-automatic",
  "requires-transitive-automatic"
}) // Lettuce and Jedis have no module descriptors
module io.gatewaykit.redis {
  requires transitive io.gatewaykit.ratelimit;
  requires transitive lettuce.core;
  requires static transitive redis.clients.jedis;
  requires org.slf4j;
  requires static transitive org.jspecify;

  exports io.gatewaykit.redis;
}
