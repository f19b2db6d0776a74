package io.gatewaykit.api.upstream;

/**
 * Takes reports of how real traffic fared at endpoints: the passive half of health checking.
 * Implemented by health checkers, called by failover, proxies and clients. Thread-safe, never
 * blocks, never throws for an endpoint it does not know.
 */
@FunctionalInterface
public interface OutcomeReport {
  /** The status to report where there was none. */
  int NO_STATUS = 0;

  /**
   * Reports one finished attempt.
   *
   * @param endpointId the endpoint's id
   * @param outcome how it ended
   * @param status the HTTP status or {@link #NO_STATUS}
   * @param latencyNanos from start to end, in nanoseconds
   */
  void report(String endpointId, Outcome outcome, int status, long latencyNanos);

  /** Returns the report that goes nowhere. */
  static OutcomeReport none() {
    return (endpointId, outcome, status, latencyNanos) -> {};
  }
}
