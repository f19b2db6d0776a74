// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.breaker.CircuitBreaker;
import org.jspecify.annotations.Nullable;

/** Permits of a circuit breaker that may be absent. */
final class BreakerPermits {
  /** The permit of a call admitted without a breaker; reporting it has no effect. */
  static final long NO_PERMIT = -1;

  private BreakerPermits() {}

  /** Returns a permit, or {@link CircuitBreaker#REJECTED} if the breaker rejects the call. */
  static long tryAcquire(@Nullable CircuitBreaker breaker, long now) {
    return breaker == null ? NO_PERMIT : breaker.tryAcquire(now);
  }

  static void report(
      @Nullable CircuitBreaker breaker, long permit, Outcome outcome, long latencyNanos, long now) {
    if (breaker != null && permit != NO_PERMIT) {
      breaker.report(permit, outcome, latencyNanos, now);
    }
  }
}
