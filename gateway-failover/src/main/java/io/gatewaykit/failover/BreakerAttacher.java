// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.failover.breaker.CircuitBreaker;
import io.gatewaykit.failover.breaker.CircuitBreakerEvent;
import io.gatewaykit.failover.breaker.CircuitBreakerFactory;
import io.gatewaykit.failover.breaker.CircuitBreakerListener;
import io.gatewaykit.failover.breaker.CircuitBreakerState;
import org.jspecify.annotations.Nullable;

/**
 * Attaches circuit breakers to endpoints and lines, if the group is configured with them.
 *
 * <p>An open breaker excludes its endpoint or line from the selection tables, so that a pick among
 * many dead endpoints costs no more than among live ones. The next build queries the breaker itself
 * whether it would admit calls again, so state changes that are notified out of order do no harm.
 */
final class BreakerAttacher {
  private final @Nullable CircuitBreakerFactory ofEndpoints;
  private final @Nullable CircuitBreakerFactory ofLines;
  private final Ticker ticker;
  private final Runnable stale;

  BreakerAttacher(GroupSettings<?> settings, Runnable stale) {
    ofEndpoints = settings.endpoints().breaker();
    ofLines = settings.lines().breaker();
    ticker = settings.ticker();
    this.stale = stale;
  }

  /** Called before the table that contains the endpoint is published. */
  void attach(EndpointState<?> endpoint) {
    if (ofEndpoints != null && endpoint.breaker == null) {
      endpoint.breaker =
          build(
              ofEndpoints,
              endpoint.endpoint.id(),
              state -> {
                boolean open = endpoint.veto(EndpointState.VETO_BREAKER, isOpen(state));
                boolean forced =
                    endpoint.veto(
                        EndpointState.VETO_FORCED, state == CircuitBreakerState.FORCED_OPEN);
                return open || forced;
              });
    }
  }

  /** Called before the table that contains the line is published. */
  void attach(LineState<?> line) {
    if (ofLines != null && line.breaker == null) {
      line.breaker =
          build(
              ofLines,
              line.line.id(),
              state -> {
                boolean open = line.veto(isOpen(state));
                boolean forced = line.forceOut(state == CircuitBreakerState.FORCED_OPEN);
                return open || forced;
              });
    }
  }

  /** Sets or clears the vetoes for a state; returns whether one changed. */
  private interface Veto {
    boolean set(CircuitBreakerState state);
  }

  private static boolean isOpen(CircuitBreakerState state) {
    return state == CircuitBreakerState.OPEN || state == CircuitBreakerState.FORCED_OPEN;
  }

  private CircuitBreaker build(CircuitBreakerFactory settings, String name, Veto veto) {
    return settings.create(
        name,
        ticker,
        new CircuitBreakerListener() {
          @Override
          public void onChange(CircuitBreakerEvent event) {
            if (veto.set(event.to())) {
              stale.run();
            }
          }
        });
  }

  /**
   * Readmits an endpoint whose breaker would admit calls, and returns the earlier of {@code due}
   * and the end of its open period.
   */
  static long review(EndpointState<?> endpoint, long now, long due) {
    CircuitBreaker breaker = endpoint.breaker;
    if (breaker == null) {
      return due;
    }
    boolean unused = endpoint.veto(EndpointState.VETO_BREAKER, breaker.isOpen(now));
    unused =
        endpoint.veto(
            EndpointState.VETO_FORCED, breaker.state() == CircuitBreakerState.FORCED_OPEN);
    return earlier(breaker, now, due);
  }

  /** Equivalent to {@link #review(EndpointState, long, long)} for lines. */
  static long review(LineState<?> line, long now, long due) {
    CircuitBreaker breaker = line.breaker;
    if (breaker == null) {
      return due;
    }
    boolean unused = line.veto(breaker.isOpen(now));
    unused = line.forceOut(breaker.state() == CircuitBreakerState.FORCED_OPEN);
    return earlier(breaker, now, due);
  }

  private static long earlier(CircuitBreaker breaker, long now, long due) {
    long left = breaker.openNanos(now);
    return left > 0 && now + left - due < 0 ? now + left : due;
  }
}
