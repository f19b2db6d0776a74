// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

/**
 * A listener for the decisions of a {@link MonitoredLimiter}. Called on the caller's thread, so it
 * must return quickly; its exceptions are caught, and logged once.
 *
 * @param <K> the type of the keys
 */
public interface RateLimitListener<K> {
  /** Called after permits were taken. */
  default void onAdmitted(K key, long cost, long delayNanos) {}

  /**
   * Called after a rejection.
   *
   * @param retryNanos the shortest sufficient wait, or {@link Long#MAX_VALUE} if none is sufficient
   */
  default void onRejected(K key, long cost, long retryNanos) {}
}
