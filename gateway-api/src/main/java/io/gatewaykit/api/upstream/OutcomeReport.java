// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.upstream;

/**
 * Receives the outcomes of real traffic, for passive health checks. Implemented by health checkers;
 * called by failover, proxies and clients. Thread-safe. Never blocks, and ignores unknown
 * endpoints.
 */
@FunctionalInterface
public interface OutcomeReport {
  /** The status to report if no response was received. */
  int NO_STATUS = 0;

  /**
   * Reports a completed attempt.
   *
   * @param endpointId the endpoint's id
   * @param outcome its outcome
   * @param status the HTTP status or {@link #NO_STATUS}
   * @param latencyNanos its duration, in nanoseconds
   */
  void report(String endpointId, Outcome outcome, int status, long latencyNanos);

  /** Returns an instance that discards all reports. */
  static OutcomeReport none() {
    return (endpointId, outcome, status, latencyNanos) -> {};
  }
}
