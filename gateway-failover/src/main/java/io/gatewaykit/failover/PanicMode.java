package io.gatewaykit.failover;

/** What a group does when too little of it is healthy to carry the traffic. */
public enum PanicMode {
  /**
   * Ignores what is known of health, and leaves the traffic on the lines where it was: a wrong
   * signal must not turn into an outage. Endpoints being drained still get nothing. The default.
   */
  FAIL_OPEN,
  /** Ignores health likewise, and spreads the traffic over all lines by the weight of each. */
  SPREAD,
  /** Refuses: no request goes where it would most likely fail, or would crush the last survivor. */
  REJECT
}
