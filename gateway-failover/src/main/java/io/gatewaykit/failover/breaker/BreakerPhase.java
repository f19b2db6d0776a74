// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.breaker;

import io.gatewaykit.failover.internal.window.CallWindow;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A period that a breaker spends in one state, with the counters of that period. Each permit
 * contains the generation of its phase, so that a report from an earlier phase can be detected.
 *
 * @see CircuitBreaker
 */
sealed interface BreakerPhase {
  /** The number of the phase, starting at 1. */
  int generation();

  /** The ticker reading at its start. */
  long since();

  CircuitBreakerState state();

  /**
   * Calls are admitted and recorded.
   *
   * @param consecutiveFailures the number of consecutive failures
   * @param previousOpenNanos the length of the preceding open period; 0 if there was none
   */
  record Closed(
      int generation,
      long since,
      CallWindow window,
      AtomicInteger consecutiveFailures,
      long previousOpenNanos)
      implements BreakerPhase {
    @Override
    public CircuitBreakerState state() {
      return CircuitBreakerState.CLOSED;
    }
  }

  /**
   * Calls are rejected.
   *
   * @param openNanos the length of the period before jitter
   * @param until the ticker reading at its end
   */
  record Open(int generation, long since, long openNanos, long until) implements BreakerPhase {
    @Override
    public CircuitBreakerState state() {
      return CircuitBreakerState.OPEN;
    }
  }

  /** A few trial calls are admitted. */
  record HalfOpen(int generation, long since, HalfOpenTrials trials, long openNanos)
      implements BreakerPhase {
    @Override
    public CircuitBreakerState state() {
      return CircuitBreakerState.HALF_OPEN;
    }
  }

  /** An operator has forced the state. */
  record Forced(int generation, long since, boolean open) implements BreakerPhase {
    @Override
    public CircuitBreakerState state() {
      return open ? CircuitBreakerState.FORCED_OPEN : CircuitBreakerState.FORCED_CLOSED;
    }
  }
}
