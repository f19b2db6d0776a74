// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.AdaptiveLimit;
import io.gatewaykit.api.upstream.Outcome;
import org.jspecify.annotations.Nullable;

/** The limit on the attempts in flight at one endpoint, fixed or adaptive. Thread-safe. */
final class EndpointLimit {
  private final int fixed;
  private final @Nullable AdaptiveLimit adaptive;

  private EndpointLimit(int fixed, @Nullable AdaptiveLimit adaptive) {
    this.fixed = fixed;
    this.adaptive = adaptive;
  }

  static EndpointLimit fixed(int max) {
    return new EndpointLimit(max, null);
  }

  static EndpointLimit adaptive(AdaptiveLimit limit) {
    return new EndpointLimit(0, limit);
  }

  int max() {
    return adaptive == null ? fixed : adaptive.limit();
  }

  /**
   * Records the end of an attempt.
   *
   * @param latencyNanos -1 if it must not be evaluated
   * @param inFlight attempts in flight, including this one
   */
  void ended(Outcome outcome, long latencyNanos, int inFlight) {
    if (adaptive == null) {
      return;
    }
    // Uses the number at the end instead of the start, which would have to be stored in each lease.
    switch (outcome) {
      case SUCCESS -> {
        if (latencyNanos >= 0) {
          adaptive.onCompleted(latencyNanos, inFlight);
        }
      }
      case TIMEOUT, CONNECT_FAILURE, REJECTED_REMOTE -> adaptive.onDropped(inFlight);
      case FAILURE, REJECTED_LOCAL, CANCELLED -> {} // unrelated to capacity
    }
  }
}
