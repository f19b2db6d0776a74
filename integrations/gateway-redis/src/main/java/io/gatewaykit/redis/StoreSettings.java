// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import java.time.Duration;

/**
 * The settings of a {@link RedisStore}.
 *
 * @param deadline the maximum time for a decision
 * @param breaker the circuit breaker of each node
 * @param maxInFlight the maximum number of concurrent calls
 * @param seed the seed of the breakers' jitter
 */
record StoreSettings(
    Connector connector,
    Duration deadline,
    BreakerSettings breaker,
    int maxInFlight,
    RedisStoreListener listener,
    long seed) {

  /**
   * The settings of a circuit breaker.
   *
   * @param failures the number of consecutive failures after which it opens
   * @param shortest the initial open period
   * @param longest the maximum open period
   */
  record BreakerSettings(int failures, Duration shortest, Duration longest) {}
}
