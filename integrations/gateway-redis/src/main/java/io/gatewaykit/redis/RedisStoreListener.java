// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

/** A listener for outages of Redis. It must return quickly; its exceptions are logged. */
public interface RedisStoreListener {
  /** Called when an outage starts and limiters switch to their failure policies. */
  default void onUnavailable(RedisOutage outage) {}

  /** Called when an outage ends and Redis decides again. */
  default void onAvailable(RedisOutage outage) {}
}
