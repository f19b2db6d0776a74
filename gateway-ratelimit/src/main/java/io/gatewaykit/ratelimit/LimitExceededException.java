// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

/** Thrown by {@link RateLimiter#execute} when the limiter does not admit the call in time. */
public final class LimitExceededException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Decision decision;

  /** Creates an exception for a rejection. It has no stack trace: it is a result, not an error. */
  public LimitExceededException(Decision decision) {
    super(message(decision), null, false, false);
    this.decision = decision;
  }

  private static String message(Decision decision) {
    return requireNonNull(decision, "decision").outcome() == Decision.Outcome.IMPOSSIBLE
        ? "the cost exceeds the limit"
        : "limit exceeded, retry after " + decision.retryAfter();
  }

  /** Returns the rejection. */
  public Decision decision() {
    return decision;
  }
}
