// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.method;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.ratelimit.Decision;
import java.net.URI;
import java.time.Duration;

/**
 * Thrown instead of a call that {@link RateLimited} does not admit. In a web application, the
 * response is 429 with a problem document and {@code Retry-After}. Has no stack trace, because it
 * is a result and not an error.
 */
public final class RateLimitedException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private static final URI QUOTA_EXCEEDED =
      URI.create("https://iana.org/assignments/http-problem-types#quota-exceeded");

  private final String limiter;
  private final transient Decision decision;

  /** Creates the exception. */
  public RateLimitedException(String limiter, Decision decision) {
    super(message(limiter, decision), null, false, false);
    this.limiter = limiter;
    this.decision = decision;
  }

  private static String message(String limiter, Decision decision) {
    requireNonNull(limiter, "limiter");
    return "limit "
        + limiter
        + (decision.outcome() == Decision.Outcome.IMPOSSIBLE
            ? ": the cost exceeds its capacity"
            : " exceeded, retry after " + decision.retryAfter());
  }

  /** Returns the name of the limit. */
  public String limiter() {
    return limiter;
  }

  /** Returns the decision, with the number of remaining permits. */
  public Decision decision() {
    return decision;
  }

  /** Returns the time after which the call may be admitted; zero if never. */
  public Duration retryAfter() {
    return decision.retryAfter();
  }

  /** Returns the rejection of the request that made the call, with status 429. */
  public Rejection rejection() {
    Rejection.Builder rejection =
        Rejection.builder(429, "rate_limited", "Too Many Requests")
            .type(QUOTA_EXCEEDED)
            .extension("violated-policies", decision.violated(limiter));
    if (decision.outcome() == Decision.Outcome.REJECTED) {
      rejection.retryAfter(decision.retryAfter());
    }
    return rejection.build();
  }
}
