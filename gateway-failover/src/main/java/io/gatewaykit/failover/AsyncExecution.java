package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import io.gatewaykit.failover.FailoverGroup.AsyncCall;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Walks the attempts of one request without blocking. One attempt runs at a time, and the next one
 * begins in the completion of the last, so the fields need no lock: completion orders the steps.
 */
final class AsyncExecution<T, R> {
  private final String group;
  private final Attempts<T> attempts;
  private final AsyncCall<T, R> call;
  private final CompletableFuture<R> result = new CompletableFuture<>();
  private @Nullable Throwable last;

  AsyncExecution(String group, Attempts<T> attempts, AsyncCall<T, R> call) {
    this.group = group;
    this.attempts = attempts;
    this.call = call;
  }

  CompletableFuture<R> start() {
    next();
    return result;
  }

  /** Calls itself by way of a completed attempt, at most as often as there are attempts. */
  private void next() {
    if (result.isDone()) {
      return; // the caller cancelled between two attempts
    }
    Lease<T> lease = attempts.next();
    if (lease == null) {
      result.completeExceptionally(last == null ? new NoEndpointException(group) : last);
      return;
    }
    CompletableFuture<R> called = call(lease);
    var attempt = new CompletableFuture<R>(); // our timeout must not complete the caller's future
    CompletableFuture<?> unused =
        called.whenComplete((value, failure) -> {
          if (failure == null) {
            attempt.complete(value);
          } else {
            attempt.completeExceptionally(failure);
          }
        });
    unused =
        attempt
            .orTimeout(attempts.timeout().toNanos(), TimeUnit.NANOSECONDS)
            .whenComplete((value, failure) -> {
              called.cancel(false); // if it still runs, nobody waits for it any more
              ended(lease, value, failure);
            });
    unused =
        result.whenComplete((value, failure) -> {
          if (result.isCancelled()) {
            attempt.cancel(false);
          }
        });
  }

  private CompletableFuture<R> call(Lease<T> lease) {
    try {
      return requireNonNull(call.apply(lease), "the call's stage").toCompletableFuture();
    } catch (Throwable e) { // also an Error: the lease must not leak, and the caller must learn
      return CompletableFuture.failedFuture(e);
    }
  }

  private void ended(Lease<T> lease, R value, @Nullable Throwable failed) {
    if (failed == null) {
      lease.succeed(OutcomeReport.NO_STATUS);
      result.complete(value);
      return;
    }
    Throwable failure = Failures.unwrap(failed);
    Outcome outcome = Failures.outcome(failure);
    lease.end(outcome, OutcomeReport.NO_STATUS);
    if (last != null && !failure.equals(last)) {
      failure.addSuppressed(last);
    }
    last = failure;
    if (attempts.mayRetry(outcome)) {
      next();
    } else {
      result.completeExceptionally(failure);
    }
  }
}
