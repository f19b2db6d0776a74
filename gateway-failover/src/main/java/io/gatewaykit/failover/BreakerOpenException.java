package io.gatewaykit.failover;

import java.time.Duration;

/** Says that a breaker refused a call. Has no stack trace, since refusals come in floods. */
public final class BreakerOpenException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Duration retryAfter;

  BreakerOpenException(String breaker, Duration retryAfter) {
    super("breaker " + breaker + " is open", null, false, false);
    this.retryAfter = retryAfter;
  }

  /** Returns when it is worth asking again; zero if another call's end is what is waited for. */
  public Duration retryAfter() {
    return retryAfter;
  }
}
