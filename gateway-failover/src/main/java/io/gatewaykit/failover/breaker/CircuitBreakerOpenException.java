// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.breaker;

import java.time.Duration;

/** Thrown when a breaker rejects a call. Has no stack trace, as rejections can be frequent. */
public final class CircuitBreakerOpenException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Duration retryAfter;

  CircuitBreakerOpenException(String breaker, Duration retryAfter) {
    super("circuit breaker " + breaker + " is open", null, false, false);
    this.retryAfter = retryAfter;
  }

  /** Returns the rest of the open period; zero if unknown, as while half-open or forced open. */
  public Duration retryAfter() {
    return retryAfter;
  }
}
