package io.gatewaykit.failover;

import io.gatewaykit.failover.CircuitBreaker.State;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One stretch of a breaker's life in one state, with what belongs to that state only. Its number
 * goes into each permit, which is how a report finds out that its time is over.
 *
 * @see CircuitBreaker
 */
sealed interface BreakerPhase {
  /** Numbers the phases of a breaker from 1. */
  int generation();

  /** When it began, by the ticker. */
  long since();

  State state();

  /**
   * Calls flow and are judged.
   *
   * @param afterOpenNanos how long the breaker was open before; 0 if it was not
   */
  record Closed(
      int generation, long since, BreakerWindow window, AtomicInteger inARow, long afterOpenNanos)
      implements BreakerPhase {
    @Override
    public State state() {
      return State.CLOSED;
    }
  }

  /**
   * Calls are refused.
   *
   * @param openNanos for how long, before chance was added
   * @param until by the ticker
   */
  record Open(int generation, long since, long openNanos, long until) implements BreakerPhase {
    @Override
    public State state() {
      return State.OPEN;
    }
  }

  /** A few calls are tried. */
  record HalfOpen(int generation, long since, HalfOpenTrials trials, long openNanos)
      implements BreakerPhase {
    @Override
    public State state() {
      return State.HALF_OPEN;
    }
  }

  /** An operator decided. */
  record Forced(int generation, long since, boolean open) implements BreakerPhase {
    @Override
    public State state() {
      return open ? State.FORCED_OPEN : State.FORCED_CLOSED;
    }
  }
}
