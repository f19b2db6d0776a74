package io.gatewaykit.redis;

/** What a limiter decides while Redis does not answer. */
public enum FailurePolicy {
  /**
   * By a limiter in this process, of this node's share of the limit. It knows what this node
   * admitted before, so an outage grants no fresh burst to those who have just used theirs.
   */
  LOCAL,
  /** Everything is admitted, at once. */
  OPEN,
  /** Everything is refused, for a second at a time. */
  CLOSED
}
