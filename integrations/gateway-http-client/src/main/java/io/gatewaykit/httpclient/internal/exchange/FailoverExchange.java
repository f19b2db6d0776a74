// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.internal.exchange;

import io.gatewaykit.api.upstream.LoadReport;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.AsyncCall;
import io.gatewaykit.failover.Call;
import io.gatewaykit.failover.Lease;
import io.gatewaykit.failover.NoEndpointException;
import io.gatewaykit.failover.SelectContext;
import io.gatewaykit.httpclient.ClientRequest;
import io.gatewaykit.httpclient.EndpointsUnavailableException;
import io.gatewaykit.httpclient.HttpFailover;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One request of a client: its attempts, and the responses that it has open. Exactly one response
 * becomes the result of the request; all others are discarded, whenever they arrive. Thread-safe.
 *
 * @param <R> a response of the client
 */
public final class FailoverExchange<R> {
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int SERVICE_UNAVAILABLE = 503;

  private final HttpFailover failover;
  private final ResponseAccess<R> access;
  private final SelectContext context = new SelectContext();
  private final Duration within;
  private final boolean idempotent;
  private final ReentrantLock lock = new ReentrantLock();

  /** The responses that may become the result, with their leases. Guarded by the lock. */
  private final IdentityHashMap<R, Lease<URI>> open = new IdentityHashMap<>(2);

  /** The failures whose responses are open. Guarded by the lock. */
  private final List<RetriedResponseException> retried = new ArrayList<>(1);

  private boolean finished;
  private @Nullable Lease<URI> resultLease;

  /**
   * Creates the exchange of a request.
   *
   * @param repeatable whether the client can produce the body of the request again
   * @param limit the time limit of the request itself; null if it has none
   */
  public FailoverExchange(
      HttpFailover failover,
      ClientRequest request,
      boolean repeatable,
      @Nullable Duration limit,
      ResponseAccess<R> access) {
    this.failover = failover;
    this.access = access;
    idempotent = failover.isIdempotent(request);
    onRepeatable(repeatable);
    String key = failover.key(request);
    if (key != null) {
      context.key(key);
    }
    within =
        limit != null && limit.compareTo(failover.deadline()) < 0 ? limit : failover.deadline();
  }

  /**
   * Reports whether the client can produce the body of the request again from now on. The client
   * must not send it twice in any case: a hedge that starts concurrently may not see the change.
   */
  public void onRepeatable(boolean repeatable) {
    context.idempotent(repeatable && idempotent);
  }

  /** Executes the request on the caller's thread. */
  R execute(Call<URI, R> call) throws IOException {
    R result;
    try {
      result =
          failover
              .group()
              .execute(
                  context,
                  within,
                  lease -> {
                    onAttempt(lease);
                    return call.apply(lease);
                  });
    } catch (Exception e) {
      result = lastResponse(e);
      if (result == null) {
        finish(null);
        throw asIoException(e);
      }
    } catch (Error e) {
      finish(null);
      throw e;
    }
    finish(result);
    return result;
  }

  /** Executes the request without blocking. Cancelling the future cancels the attempts. */
  public CompletableFuture<R> executeAsync(AsyncCall<URI, R> call) {
    CompletableFuture<R> execution =
        failover
            .group()
            .executeAsync(
                context,
                within,
                lease -> {
                  onAttempt(lease);
                  return call.apply(lease);
                });
    var result = new CompletableFuture<R>();
    CompletableFuture<?> unused =
        execution.whenComplete((response, failure) -> complete(result, response, failure));
    LinkedFutures.cancels(result, execution);
    return result;
  }

  private void complete(
      CompletableFuture<R> result, @Nullable R response, @Nullable Throwable failure) {
    R winner = failure == null ? response : lastResponse(failure);
    finish(winner);
    if (winner == null) {
      result.completeExceptionally(
          failure == null ? new IOException("no response") : translated(failure));
    } else if (!result.complete(winner)) {
      access.discard(winner); // cancelled concurrently
    }
  }

  /**
   * Returns the future of an attempt, which completes with the response unless that is retried. Its
   * cancellation cancels the future of the client.
   */
  public CompletableFuture<R> attempt(Lease<URI> lease, CompletableFuture<R> sent) {
    return LinkedFutures.map(sent, response -> onResponse(lease, response), this::drop);
  }

  private void onAttempt(Lease<URI> lease) {
    lease.detach();
    List<RetriedResponseException> earlier;
    lock.lock();
    try {
      earlier = List.copyOf(retried);
      retried.clear();
    } finally {
      lock.unlock();
    }
    earlier.forEach(this::discardRetried);
  }

  /** Returns the URI to which an attempt sends the request. */
  public URI target(Lease<URI> lease, URI request) {
    return TargetUri.of(lease.payload(), request);
  }

  /**
   * Reports the head of a response: ends the lease if the status is a failure or pushback.
   *
   * @return whether the response is final, so that its body ends the lease
   */
  public boolean onHead(Lease<URI> lease, int status, Function<String, @Nullable String> headers) {
    lease.responseStarted();
    String loadHeader = failover.loadHeader();
    String reported = loadHeader == null ? null : headers.apply(loadHeader);
    LoadReport load = reported == null ? null : LoadReport.parse(reported);
    if (load != null) {
      lease.reportLoad(load);
    }
    String retryAfter = headers.apply("Retry-After");
    if (status == TOO_MANY_REQUESTS || (status == SERVICE_UNAVAILABLE && retryAfter != null)) {
      lease.pushBack(RetryAfter.of(retryAfter, headers.apply("Date")), status);
      return false;
    }
    if (failover.isFailure(status)) {
      lease.end(Outcome.FAILURE, status);
      return false;
    }
    return true;
  }

  /**
   * Reports a response and returns it.
   *
   * @throws RetriedResponseException if its status is a failure or pushback
   * @throws CancellationException if the request has its result already
   */
  public R onResponse(Lease<URI> lease, R response) throws RetriedResponseException {
    int status = access.status(response);
    boolean last = onHead(lease, status, name -> access.header(response, name));
    if (last && !access.hasBody(response)) {
      lease.succeed(status);
    }
    RetriedResponseException failure =
        last ? null : new RetriedResponseException(lease.endpoint().id(), status, response);
    boolean late;
    lock.lock();
    try {
      late = finished;
      if (!late && failure == null) {
        open.put(response, lease);
      } else if (!late) {
        retried.add(failure);
      }
    } finally {
      lock.unlock();
    }
    if (late) {
      discard(response, lease);
      throw new CancellationException("another attempt has succeeded");
    }
    if (failure != null) {
      throw failure;
    }
    return response;
  }

  /** Discards a response that arrived after its attempt was cancelled. */
  public void drop(R response) {
    Lease<URI> lease;
    lock.lock();
    try {
      lease = open.remove(response);
    } finally {
      lock.unlock();
    }
    discard(response, lease);
  }

  /** Discards all responses but the result. */
  @SuppressWarnings("ReferenceEquality") // identity, not equality
  private void finish(@Nullable R result) {
    IdentityHashMap<R, Lease<URI>> others;
    List<RetriedResponseException> failures;
    lock.lock();
    try {
      finished = true;
      resultLease = open.remove(result);
      others = new IdentityHashMap<>(open);
      open.clear();
      failures = List.copyOf(retried);
      retried.clear();
    } finally {
      lock.unlock();
    }
    others.forEach(this::discard);
    for (RetriedResponseException failure : failures) {
      if (result == null || failure.response() != result) {
        discardRetried(failure);
      }
    }
  }

  /** Aborts the body of the result, which counts against no endpoint. */
  void abort(R result) {
    Lease<URI> lease;
    lock.lock();
    try {
      lease = resultLease;
    } finally {
      lock.unlock();
    }
    if (lease != null) {
      lease.close(); // before the reader of the body reports the failure
    }
    access.abort(result);
  }

  private void discard(R response, @Nullable Lease<URI> lease) {
    access.discard(response);
    if (lease != null) {
      lease.close();
    }
  }

  @SuppressWarnings("unchecked") // created by onResponse
  private void discardRetried(RetriedResponseException failure) {
    Object response = failure.response();
    failure.clear();
    if (response != null) {
      access.discard((R) response);
    }
  }

  @SuppressWarnings("unchecked") // created by onResponse
  private @Nullable R lastResponse(Throwable failure) {
    return failure instanceof RetriedResponseException last ? (R) last.response() : null;
  }

  /** Returns the failure of a request as the exception that clients throw. */
  private Throwable translated(Throwable failure) {
    if (failure instanceof NoEndpointException) {
      return new EndpointsUnavailableException(failure);
    }
    if (failure instanceof TimeoutException) {
      return withCause(access.timedOut(String.valueOf(failure.getMessage())), failure);
    }
    if (failure instanceof CancellationException) {
      return withCause(new IOException("request cancelled"), failure);
    }
    if (failure instanceof InterruptedException) {
      Thread.currentThread().interrupt();
      return withCause(new InterruptedIOException("interrupted"), failure);
    }
    return failure;
  }

  /** Throws a failure of a request as clients do, which declare {@code IOException} only. */
  IOException asIoException(Throwable failure) {
    Throwable translated = translated(failure);
    if (translated instanceof RuntimeException e) {
      throw e;
    }
    if (translated instanceof Error e) {
      throw e;
    }
    return translated instanceof IOException e ? e : new IOException(translated);
  }

  private static IOException withCause(IOException exception, Throwable cause) {
    exception.initCause(cause);
    for (Throwable earlier : cause.getSuppressed()) {
      exception.addSuppressed(earlier);
    }
    return exception;
  }
}
