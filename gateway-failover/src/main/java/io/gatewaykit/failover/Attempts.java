// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Outcome;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The attempts of one request: selects the next endpoint, computes the wait before it, and limits
 * retries. {@link FailoverGroup#execute} and {@link FailoverGroup#executeAsync} follow the same
 * rules. Callers that do their own I/O, such as an event loop, drive the attempts themselves:
 *
 * <pre>{@code
 * Attempts<URI> attempts = group.begin(idempotent);
 * Lease<URI> lease = attempts.next();
 * while (lease != null) {
 *   Outcome outcome = send(lease.payload(), attempts.timeout());
 *   lease.end(outcome, status);
 *   lease = attempts.mayRetry(outcome) ? attempts.next() : null; // after attempts.delay()
 * }
 * }</pre>
 *
 * <p>Never blocks. Not thread-safe: use it from one thread at a time.
 *
 * @param <T> the payload of the endpoints
 */
public final class Attempts<T> {
  private final RequestEngine<T> engine;
  private final SelectContext context;
  private final long deadline;
  private int started;
  private int hedges;
  private String waited = "";
  private @Nullable Lease<T> latest;

  Attempts(RequestEngine<T> engine, SelectContext context, long deadline) {
    this.engine = engine;
    this.context =
        context.nextLineFirst(engine.retry().order() == RetryPolicy.Order.NEXT_LINE_FIRST);
    this.deadline = deadline;
  }

  /**
   * Returns a lease for the next attempt, or null if all endpoints or all allowed attempts have
   * been used, too little time remains until the deadline, or the retry budget of the group is
   * exhausted. The caller must end or close the lease.
   */
  public @Nullable Lease<T> next() {
    long now = engine.now();
    if (isOver(now)) {
      return null;
    }
    if (started == 0) {
      return orExhausted(begin(lease(now), false));
    }
    RetryBudget budget = engine.budget();
    if (!budget.tryRetry(now)) {
      return null;
    }
    Lease<T> lease = lease(now);
    if (lease == null) {
      budget.refund(now);
    }
    return orExhausted(begin(lease, false));
  }

  private @Nullable Lease<T> orExhausted(@Nullable Lease<T> lease) {
    if (lease == null) {
      engine.recordExhausted();
    }
    return lease;
  }

  /** Returns a lease for the first attempt, or null as {@link #next} does, without counting it. */
  @Nullable Lease<T> tryNext() {
    long now = engine.now();
    return isOver(now) ? null : begin(lease(now), false);
  }

  /** Returns whether no class, cost or tried endpoint restricts the request. */
  boolean isUnrestricted() {
    return context.hasTriedNone() && context.trafficClass().isEmpty() && context.cost() <= 1;
  }

  boolean isOver(long now) {
    return started >= engine.retry().maxAttempts()
        || deadline - now < engine.retry().minAttemptNanos();
  }

  private @Nullable Lease<T> lease(long now) {
    Lease<T> lease = engine.lease(context, now, attemptDeadline(now));
    if (lease == null && engine.retry().revisit() && started > 0) {
      context.includeAll();
      lease = engine.lease(context, now, attemptDeadline(now));
    }
    return lease;
  }

  private @Nullable Lease<T> begin(@Nullable Lease<T> lease, boolean hedge) {
    if (lease != null) {
      Lease<T> previous = latest;
      started++;
      latest = lease;
      if (previous != null) {
        engine.onRetry(started, hedge, previous, lease);
      }
    }
    return lease;
  }

  /** Returns the wait before the next attempt; zero without a back-off. */
  public Duration delay() {
    return Duration.ofNanos(delayNanos());
  }

  long delayNanos() {
    return started == 0 ? 0 : engine.retry().backoff(started);
  }

  /**
   * Returns the time limit of an attempt that starts now: the smaller of the group's {@code perTry}
   * and the time until the deadline. The caller applies it to its I/O.
   */
  public Duration timeout() {
    return Duration.ofNanos(timeoutNanos());
  }

  private long attemptDeadline(long now) {
    return now + Math.min(deadline - now, engine.retry().perTryNanos());
  }

  long timeoutNanos() {
    long left = Math.max(0, deadline - engine.now());
    return Math.min(left, engine.retry().perTryNanos());
  }

  /**
   * Returns whether a request with this outcome may be retried: always after a connect failure,
   * since the endpoint never received it; after other failures only if it is idempotent.
   */
  public boolean mayRetry(Outcome outcome) {
    return switch (outcome) {
      case CONNECT_FAILURE, REJECTED_LOCAL -> true;
      case FAILURE, TIMEOUT, REJECTED_REMOTE -> context.idempotent();
      case SUCCESS, CANCELLED -> false;
    };
  }

  /**
   * Returns the delay after which to call {@link #hedge} if the latest attempt has not completed;
   * null if this request is not hedged, or cannot be hedged again.
   */
  public @Nullable Duration hedgeDelay() {
    long nanos = hedgeDelayNanos();
    return nanos == HedgeDelay.NEVER ? null : Duration.ofNanos(nanos);
  }

  long hedgeDelayNanos() {
    Lease<T> current = latest;
    Hedging<T> hedging = engine.hedging();
    boolean more =
        context.idempotent() && hedges < hedging.atMost() && started < engine.retry().maxAttempts();
    return more && current != null
        ? hedging.delay(current.lineState(), engine.now())
        : HedgeDelay.NEVER;
  }

  /**
   * Returns a lease for an attempt that runs concurrently with those in flight, or null if no
   * endpoint or no budget is left. The first success counts; the caller cancels the other attempts
   * and closes their leases.
   */
  public @Nullable Lease<T> hedge() {
    long now = engine.now();
    Hedging<T> hedging = engine.hedging();
    if (!context.idempotent() || started == 0 || hedges >= hedging.atMost() || isOver(now)) {
      return null;
    }
    if (!hedging.tryHedge(now)) {
      return null;
    }
    // on another endpoint than those in flight
    Lease<T> lease = engine.lease(context, now, attemptDeadline(now));
    if (lease == null) {
      hedging.refund(now);
    } else {
      hedges++;
    }
    return begin(lease, true);
  }

  /** Records that a hedge has completed, which allows another. */
  void hedgeOver() {
    hedges = Math.max(0, hedges - 1);
  }

  /** Returns the number of attempts made. */
  public int count() {
    return started;
  }

  /** Records that the request has left the queue without an endpoint, or found it full. */
  void onNotServed(boolean entered) {
    engine.recordExhausted();
    waited = entered ? " after waiting in the queue" : " and its queue is full or closed";
  }

  /** Returns the exception for a request that found no endpoint. */
  NoEndpointException noEndpoint() {
    return new NoEndpointException(engine.name(), waited, context.attempts() > started);
  }

  /**
   * Returns whether no attempt can follow after this wait: all allowed attempts have been made, or
   * the deadline comes first.
   */
  boolean isOverAfter(long waitNanos) {
    return started >= engine.retry().maxAttempts()
        || deadline - engine.now() - waitNanos < engine.retry().minAttemptNanos();
  }

  /**
   * Reports the failure of the call of a lease, unless the call has already reported an outcome.
   *
   * @return null, or the exception thrown by the function that classifies failures
   */
  @Nullable Throwable settle(Lease<T> lease, Throwable failure) {
    try {
      lease.settle(engine.retry().outcome(failure));
      return null;
      // including Error: the lease must not leak, and the request must complete
    } catch (Throwable e) {
      lease.settle(Outcome.FAILURE);
      if (!e.equals(failure)) {
        e.addSuppressed(failure);
      }
      return e;
    }
  }
}
