package io.gatewaykit.failover;

import java.time.Duration;

/**
 * Learns of what a {@link CircuitBreaker} does. Called on the caller's thread, so it must be quick;
 * what it throws is caught and logged.
 */
public interface BreakerListener {

  /** Called after the breaker changed its state. */
  default void onChange(Change change) {}

  /**
   * A change of state.
   *
   * @param breaker the breaker's name
   * @param from the state before
   * @param to the state now
   * @param cause why, for people
   * @param openFor for how long calls are refused if {@code to} is {@link
   *     CircuitBreaker.State#OPEN}, else zero
   */
  record Change(
      String breaker,
      CircuitBreaker.State from,
      CircuitBreaker.State to,
      String cause,
      Duration openFor) {}
}
