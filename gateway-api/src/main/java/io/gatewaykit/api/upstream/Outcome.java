package io.gatewaykit.api.upstream;

/** How an attempt at an endpoint ended. */
public enum Outcome {
  /** It answered, and the answer was good. */
  SUCCESS(false),
  /** It answered with a failure of its own, or broke off. */
  FAILURE(true),
  /** It did not answer in time. */
  TIMEOUT(true),
  /** No connection came about, so it never saw the request. */
  CONNECT_FAILURE(true),
  /** It asked to be left alone for now (429, 503 with {@code Retry-After}): busy, not broken. */
  REJECTED_REMOTE(false),
  /** We refused to send: a limit, an open breaker, a full queue. Says nothing of the endpoint. */
  REJECTED_LOCAL(false),
  /** The caller lost interest: a client went away, another attempt won. */
  CANCELLED(false);

  private final boolean againstEndpoint;

  Outcome(boolean againstEndpoint) {
    this.againstEndpoint = againstEndpoint;
  }

  /** Tells whether this is evidence that the endpoint is bad. */
  public boolean againstEndpoint() {
    return againstEndpoint;
  }
}
