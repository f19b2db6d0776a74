// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.internal.exchange;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import io.gatewaykit.failover.Lease;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A request of a blocking client. Without an executor, its attempts run one after the other on the
 * caller's thread; with one, they run on its threads and can be hedged. Either way an attempt is
 * aborted when its time has elapsed.
 *
 * @param <R> a response of the client
 */
public final class BlockingExchange<R> {
  private final FailoverExchange<R> exchange;
  private final @Nullable Executor executor;
  private final Function<Lease<URI>, BlockingAttempt<R>> attempts;
  private volatile boolean cancelled;
  private volatile @Nullable Runnable canceller;

  /**
   * Creates the exchange of a request.
   *
   * @param attempts creates an attempt, without any I/O
   */
  public BlockingExchange(
      FailoverExchange<R> exchange,
      @Nullable Executor executor,
      Function<Lease<URI>, BlockingAttempt<R>> attempts) {
    this.exchange = exchange;
    this.executor = executor;
    this.attempts = attempts;
  }

  /** Executes the request and returns its response. */
  public R execute() throws IOException {
    R result = executor == null ? exchange.execute(this::attempt) : executeOn(executor);
    onCancel(() -> exchange.abort(result));
    return result;
  }

  /** Cancels the request, which counts against no endpoint. */
  public void cancel() {
    cancelled = true;
    Runnable current = canceller;
    if (current != null) {
      current.run();
    }
  }

  private void onCancel(Runnable action) {
    canceller = action;
    if (cancelled) {
      action.run(); // was cancelled before
    }
  }

  private R attempt(Lease<URI> lease) throws IOException {
    BlockingAttempt<R> attempt = attempts.apply(lease);
    Duration timeout = lease.timeout();
    onCancel(attempt::cancel);
    AttemptTimer timer = AttemptTimer.start(timeout, attempt::cancel);
    R response;
    try {
      response = attempt.send();
    } catch (IOException | RuntimeException e) {
      boolean late = timer.stop();
      if (cancelled) {
        lease.close();
      } else if (late) {
        throw timedOut(lease, timeout, e);
      }
      throw e;
    } catch (Error e) {
      boolean ignored = timer.stop();
      throw e;
    }
    if (timer.stop()) {
      exchange.drop(response);
      throw timedOut(lease, timeout, null);
    }
    return exchange.onResponse(lease, response);
  }

  /** Ends the lease, since the exception of an aborted attempt may look like a cancellation. */
  private static SocketTimeoutException timedOut(
      Lease<URI> lease, Duration timeout, @Nullable Throwable cause) {
    lease.end(Outcome.TIMEOUT, OutcomeReport.NO_STATUS);
    var exception =
        new SocketTimeoutException("attempt timed out after " + timeout.toMillis() + " ms");
    if (cause != null) {
      exception.initCause(cause);
    }
    return exception;
  }

  private R executeOn(Executor executor) throws IOException {
    CompletableFuture<R> result =
        exchange.executeAsync(lease -> start(attempts.apply(lease), lease, executor));
    onCancel(() -> result.cancel(true));
    try {
      return result.get();
    } catch (InterruptedException e) {
      result.cancel(true);
      Thread.currentThread().interrupt();
      var interrupted = new InterruptedIOException("interrupted");
      interrupted.initCause(e);
      throw interrupted;
    } catch (CancellationException e) {
      throw new IOException("request cancelled", e);
    } catch (ExecutionException e) {
      throw exchange.asIoException(e.getCause() == null ? e : e.getCause());
    }
  }

  private CompletableFuture<R> start(
      BlockingAttempt<R> attempt, Lease<URI> lease, Executor executor) {
    var sent = new CompletableFuture<R>();
    CompletableFuture<?> unused =
        sent.whenComplete((response, failure) -> {
          if (sent.isCancelled()) {
            attempt.cancel();
          }
        });
    CompletableFuture<R> result = exchange.attempt(lease, sent);
    executor.execute(() -> send(attempt, sent));
    return result;
  }

  private void send(BlockingAttempt<R> attempt, CompletableFuture<R> sent) {
    if (sent.isDone()) {
      return; // cancelled while it was queued
    }
    try {
      R response = attempt.send();
      if (!sent.complete(response)) {
        exchange.drop(response);
      }
      // including Error: the request must complete
    } catch (Throwable e) {
      sent.completeExceptionally(e);
    }
  }
}
