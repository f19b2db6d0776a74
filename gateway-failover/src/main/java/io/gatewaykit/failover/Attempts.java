package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Outcome;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The attempts of one request: which endpoint is next, after what wait, and when no more. This is
 * the one set of rules; {@link FailoverGroup#execute} and {@link FailoverGroup#executeAsync} follow
 * it too. Callers who do their own I/O, such as an event loop, walk it themselves:
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
 * <p>Never blocks; used by one thread at a time.
 *
 * @param <T> the payload of the endpoints
 */
public final class Attempts<T> {
  private final FailoverGroup<T> group;
  private final SelectContext context;
  private final long deadline;
  private int begun;
  private int hedges;
  private @Nullable Lease<T> latest;

  Attempts(FailoverGroup<T> group, SelectContext context, long deadline) {
    this.group = group;
    this.context =
        context.nextLineFirst(group.retry().order() == RetryPolicy.Order.NEXT_LINE_FIRST);
    this.deadline = deadline;
  }

  /**
   * Returns the right to the next attempt, or null if all endpoints or all allowed attempts are
   * used up, too little time is left until the deadline, or the group's retry budget is spent.
   * Whoever gets a lease must report on it or close it.
   */
  public @Nullable Lease<T> next() {
    long now = group.now();
    if (isOver(now)) {
      return null;
    }
    if (begun == 0) {
      return begin(orExhausted(lease(now)));
    }
    RetryBudget budget = group.budget();
    if (!budget.tryRetry(now)) {
      return null;
    }
    Lease<T> lease = lease(now);
    if (lease == null) {
      budget.giveBack(now);
    }
    return begin(orExhausted(lease));
  }

  private @Nullable Lease<T> orExhausted(@Nullable Lease<T> lease) {
    if (lease == null) {
      group.selection().exhausted();
    }
    return lease;
  }

  private boolean isOver(long now) {
    return begun >= group.maxAttempts() || deadline - now < group.retry().minAttemptNanos();
  }

  private @Nullable Lease<T> lease(long now) {
    Lease<T> lease = group.selection().lease(context, now);
    if (lease == null && group.retry().revisit() && begun > 0) {
      context.includeAll();
      lease = group.selection().lease(context, now);
    }
    return group.entered(lease);
  }

  private @Nullable Lease<T> begin(@Nullable Lease<T> lease) {
    if (lease != null) {
      begun++;
      latest = lease;
    }
    return lease;
  }

  /** Returns how long to wait before the next attempt; zero without a back-off. */
  public Duration delay() {
    return Duration.ofNanos(delayNanos());
  }

  long delayNanos() {
    return begun == 0 ? 0 : group.retry().backoff(begun);
  }

  /**
   * Returns how long the attempt that begins now may take: the group's {@code perTry}, or what is
   * left until the deadline if that is less. The caller applies it to its I/O.
   */
  public Duration timeout() {
    return Duration.ofNanos(timeoutNanos());
  }

  long timeoutNanos() {
    long left = Math.max(0, deadline - group.now());
    return Math.min(left, group.perTryNanos());
  }

  /**
   * Tells whether a request that ended so may be tried again: after a failed connection always,
   * since the endpoint never saw it; after another failure only if it is idempotent.
   */
  public boolean mayRetry(Outcome outcome) {
    return switch (outcome) {
      case CONNECT_FAILURE, REJECTED_LOCAL -> true;
      case FAILURE, TIMEOUT, REJECTED_REMOTE -> context.idempotent();
      case SUCCESS, CANCELLED -> false;
    };
  }

  /**
   * Returns after what time without an answer the attempt that began last should get company by
   * {@link #hedge}; null if this request is not hedged, or not any more.
   */
  public @Nullable Duration hedgeDelay() {
    long nanos = hedgeDelayNanos();
    return nanos == Hedging.NEVER ? null : Duration.ofNanos(nanos);
  }

  long hedgeDelayNanos() {
    Lease<T> current = latest;
    Hedging<T> hedging = group.hedging();
    boolean more = context.idempotent() && hedges < hedging.atMost() && begun < group.maxAttempts();
    return more && current != null ? hedging.delay(current.line(), group.now()) : Hedging.NEVER;
  }

  /**
   * Returns the right to an attempt beside those that run, or null if there is none left, or no
   * budget for it. The first success counts; the caller cancels the others and closes their leases.
   */
  public @Nullable Lease<T> hedge() {
    long now = group.now();
    Hedging<T> hedging = group.hedging();
    if (!context.idempotent() || begun == 0 || hedges >= hedging.atMost() || isOver(now)) {
      return null;
    }
    if (!hedging.tryHedge(now)) {
      return null;
    }
    Lease<T> lease = group.entered(group.selection().lease(context, now)); // not where one runs
    if (lease == null) {
      hedging.giveBack(now);
    } else {
      hedges++;
    }
    return begin(lease);
  }

  /** Notes that an attempt beside another is over, so that there may be another one. */
  void hedgeOver() {
    hedges = Math.max(0, hedges - 1);
  }

  /** Returns how many attempts were made. */
  public int count() {
    return begun;
  }

  Outcome outcome(Throwable failure) {
    return group.retry().outcome(failure);
  }
}
