// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.breaker;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;

/**
 * Creates circuit breakers that have their settings in common, such as one per endpoint. Immutable.
 */
public final class CircuitBreakerFactory {
  private final BreakerSettings settings;

  CircuitBreakerFactory(BreakerSettings settings) {
    this.settings = settings;
  }

  /**
   * Creates a closed breaker.
   *
   * @param name the name used in events and logs, instead of that of the settings
   * @param ticker the source of time, instead of that of the settings
   * @param listener notified of state changes before the listener of the settings
   */
  public CircuitBreaker create(String name, Ticker ticker, CircuitBreakerListener listener) {
    requireNonNull(listener, "listener");
    CircuitBreakerListener configured = settings.listener();
    return new CircuitBreaker(
        settings.with(
            requireNonNull(name, "name"),
            requireNonNull(ticker, "ticker"),
            new CircuitBreakerListener() {
              @Override
              public void onChange(CircuitBreakerEvent event) {
                listener.onChange(event);
                configured.onChange(event);
              }
            }));
  }
}
