package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Outcome;
import java.util.ArrayList;
import java.util.List;
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
  private final boolean idempotent;
  private final List<EndpointState<T>> tried = new ArrayList<>(2);

  Attempts(FailoverGroup<T> group, boolean idempotent) {
    this.group = group;
    this.idempotent = idempotent;
  }

  /**
   * Returns the right to the next attempt, or null if all endpoints or all allowed attempts are
   * used up. Whoever gets a lease must report on it or close it.
   */
  public @Nullable Lease<T> next() {
    return tried.size() >= group.maxAttempts() ? null : group.lease(tried);
  }

  /**
   * Tells whether a request that ended so may be tried again: after a failed connection always,
   * since the endpoint never saw it; after another failure only if it is idempotent.
   */
  public boolean mayRetry(Outcome outcome) {
    return switch (outcome) {
      case CONNECT_FAILURE, REJECTED_LOCAL -> true;
      case FAILURE, TIMEOUT, REJECTED_REMOTE -> idempotent;
      case SUCCESS, CANCELLED -> false;
    };
  }

  /** Returns how many attempts were made. */
  public int count() {
    return tried.size();
  }
}
