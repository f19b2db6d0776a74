// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.upstream.AdaptiveLimit;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a {@link ConcurrencyLimiter}.
 *
 * @param max the number of requests served concurrently; initially, if the limit is adaptive
 * @param adaptive the limit that follows the latency; null if it is fixed
 * @param burst the number of further requests served after a delay
 * @param maxWaiters the maximum number of callers that wait, for each key
 * @param usualLatency the initial latency estimate
 * @param maxHold the time after which an unreleased permit is reclaimed
 */
record ConcurrencySettings(
    int max,
    @Nullable AdaptiveLimit adaptive,
    int burst,
    int maxWaiters,
    Duration usualLatency,
    Duration maxHold,
    Ticker ticker) {
  static final int MAX_PERMITS = 1_000_000_000;
  private static final long MAX_LATENCY_NANOS = Duration.ofDays(1).toNanos();

  /** Returns a latency in nanoseconds, at most one day. */
  static long latencyNanos(Duration latency) {
    return Math.min(Arguments.nanos("latency", latency), MAX_LATENCY_NANOS);
  }
}
