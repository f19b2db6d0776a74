// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.upstream;

/**
 * Provides the health of endpoints to selectors. Implemented by health checkers, consumed by
 * failover; neither depends on the other. Thread-safe.
 */
public interface HealthSignal {

  /**
   * Returns the health of the endpoint; {@link Health#UNKNOWN} if it is not monitored. Never
   * blocks.
   */
  Health health(String endpointId);

  /**
   * Registers a listener for subsequent changes. It is called in order, on a thread chosen by the
   * signal, and must not block. A subscriber that subscribes before reading {@link #health} misses
   * no change.
   */
  Subscription subscribe(HealthChangeListener listener);

  /**
   * Registers a listener for subsequent successful probes. It is called on a thread chosen by the
   * signal and must not block. A signal that does not probe never calls it.
   */
  default Subscription subscribeProbes(ProbeListener listener) {
    return () -> {};
  }

  /**
   * Claims the trial of an endpoint: the single request that decides whether an endpoint returns
   * after real traffic marked it unhealthy. A selector calls this before it sends a request to an
   * endpoint whose health is {@link Health#UNKNOWN}. Never blocks.
   *
   * @return true if this request is the trial, or the endpoint is not due for one; false if another
   *     request is the trial, so that this one must be sent elsewhere. Default: true
   */
  default boolean tryTrial(String endpointId) {
    return true;
  }

  /**
   * Returns whether the endpoint is monitored, so that a selector can report ids that differ
   * between the signal and its endpoints. Never blocks. Default: true
   */
  default boolean isMonitored(String endpointId) {
    return true;
  }

  /** Returns a signal that always reports {@link Health#UNKNOWN} and never changes. */
  static HealthSignal unknown() {
    return UnknownHealth.INSTANCE;
  }
}
