package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Outcome;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The attempts of one request: for callers who do their own I/O. Each endpoint is tried once at
 * most, first another one of the same line, then the next line's. Never blocks; used by one thread
 * at a time.
 *
 * @param <T> the payload of the endpoints
 */
public final class Attempts<T> {
  private final FailoverGroup<T> group;
  private final SelectContext context;

  private final long deadline;

  Attempts(FailoverGroup<T> group, SelectContext context, long deadline) {
    this.group = group;
    this.context = context;
    this.deadline = deadline;
  }

  /**
   * Returns the right to the next attempt, or null if all endpoints or all allowed attempts are
   * used up, the deadline has passed, or the group's retry budget is spent. Whoever gets a lease
   * must report on it or close it.
   */
  public @Nullable Lease<T> next() {
    long now = group.now();
    if (context.attempts() >= group.maxAttempts() || deadline - now <= 0) {
      return null;
    }
    return context.attempts() == 0 ? group.selection().lease(context, now) : retry(now);
  }

  private @Nullable Lease<T> retry(long now) {
    RetryBudget budget = group.budget();
    if (!budget.tryRetry(now)) {
      return null;
    }
    Lease<T> lease = group.selection().lease(context, now);
    if (lease == null) {
      budget.giveBack(now);
    }
    return lease;
  }

  /**
   * Returns how long the current attempt may take: the group's {@code perTry}, or what is left
   * until the deadline if that is less. The caller applies it to its I/O.
   */
  public Duration timeout() {
    long left = Math.max(0, deadline - group.now());
    return Duration.ofNanos(Math.min(left, group.perTryNanos()));
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

  /** Returns how many attempts were made. */
  public int count() {
    return context.attempts();
  }
}
