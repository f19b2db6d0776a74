// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.upstream.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Executes the attempts of one request without blocking: schedules retries and hedges, and enforces
 * timeouts.
 *
 * <p>Completions and timers may run on any thread, concurrently. Each acquires the lock, updates
 * the fields, decides, and releases the lock; user code, leases and futures are called outside the
 * lock only. An attempt ends exactly once: the thread that removes it from {@link #running} ends
 * its lease. When the last one has ended and no retry is scheduled, the request is complete.
 */
final class AsyncExecution<T, R> {
  private final RequestEngine<T> engine;
  private final Attempts<T> attempts;
  private final AsyncCall<T, R> call;
  private final CompletableFuture<R> result = new CompletableFuture<>();
  private final ReentrantLock lock = new ReentrantLock(); // not a monitor: virtual threads may wait
  private final List<Attempt> running = new ArrayList<>(1);
  private @Nullable Throwable last;
  private @Nullable QueuedAttempt<T> queued;
  private @Nullable Future<?> retryTimer;
  private @Nullable Future<?> hedgeTimer;
  private boolean done;

  AsyncExecution(RequestEngine<T> engine, Attempts<T> attempts, AsyncCall<T, R> call) {
    this.engine = engine;
    this.attempts = attempts;
    this.call = call;
  }

  /** A call in flight. */
  private final class Attempt {
    final Lease<T> lease;
    final boolean hedge;
    @Nullable Future<?> timer;
    @Nullable CompletableFuture<R> called;

    Attempt(Lease<T> lease, boolean hedge) {
      this.lease = lease;
      this.hedge = hedge;
    }
  }

  @SuppressWarnings("UndefinedEquals") // identity, not equality
  CompletableFuture<R> start() {
    CompletableFuture<?> unused =
        result.whenComplete((value, failure) -> {
          engine.onCompleted(result);
          end(); // if the caller completed it, the attempts in flight must stop
        });
    guard(this::next);
    if (!result.isDone()) {
      engine.onStarted(result);
    }
    return result;
  }

  /** Runs a step; an exception of user code, such as a random source, completes the result. */
  private void guard(Runnable step) {
    try {
      step.run();
      // including Error: the request must complete
    } catch (Throwable e) {
      result.completeExceptionally(e);
    }
  }

  /**
   * Starts the next sequential attempt; recursive, but only to a small depth, if calls complete
   * immediately.
   */
  private void next() {
    EndpointQueue queue = attempts.count() == 0 ? engine.queue() : null;
    if (queue != null) {
      first(queue);
      return;
    }
    Attempt attempt = null;
    boolean over = false;
    lock.lock();
    try {
      retryTimer = null;
      if (done) {
        return;
      }
      Lease<T> lease = attempts.next();
      if (lease == null) {
        over = running.isEmpty(); // else a hedge is still in flight and may succeed
      } else {
        attempt = begin(lease, false);
      }
    } finally {
      lock.unlock();
    }
    if (attempt != null) {
      call(attempt);
    } else if (over) {
      fail();
    }
  }

  /** Enters the queue for the first attempt, unless it can start immediately. */
  private void first(EndpointQueue queue) {
    if (queue.isEmpty()) {
      Lease<T> lease = attempts.tryNext();
      if (lease != null) {
        start(lease);
        return;
      }
    }
    var request = new QueuedAttempt<>(attempts, this::onLeftQueue);
    lock.lock();
    try {
      queued = request;
    } finally {
      lock.unlock();
    }
    if (!queue.enter(request)) {
      attempts.onNotServed(false);
      fail();
    } else if (result.isDone()) {
      queue.leave(request); // completed by the group or the caller before it had entered
    }
  }

  private void onLeftQueue() {
    QueuedAttempt<T> request = requireNonNull(queued);
    Lease<T> lease;
    try {
      lease = request.take();
    } catch (RuntimeException e) {
      result.completeExceptionally(e);
      return;
    }
    if (lease == null) {
      attempts.onNotServed(true);
      fail();
    } else {
      start(lease);
    }
  }

  private void start(Lease<T> lease) {
    Attempt attempt = null;
    lock.lock();
    try {
      attempt = done ? null : begin(lease, false);
    } finally {
      lock.unlock();
    }
    if (attempt == null) {
      lease.release(); // completed by the group or the caller concurrently
    } else {
      call(attempt);
    }
  }

  private void hedge() {
    Attempt attempt;
    lock.lock();
    try {
      hedgeTimer = null;
      Lease<T> lease = done || running.isEmpty() ? null : attempts.hedge();
      if (lease == null) {
        return;
      }
      attempt = begin(lease, true);
    } finally {
      lock.unlock();
    }
    call(attempt);
  }

  private Attempt begin(Lease<T> lease, boolean hedge) {
    var attempt = new Attempt(lease, hedge);
    running.add(attempt);
    return attempt;
  }

  private void call(Attempt attempt) {
    long timeout = attempts.timeoutNanos();
    CompletableFuture<R> called;
    try {
      called =
          requireNonNull(call.apply(attempt.lease), "stage returned by call").toCompletableFuture();
      // including Error: the lease must not leak, and the request must complete
    } catch (Throwable e) {
      if (Thread.currentThread().isInterrupted()) {
        attempt.lease.settle(Outcome.CANCELLED); // clients wrap it in exceptions of their own
      }
      ended(attempt, null, e);
      return;
    }
    if (!called.isDone()) {
      watch(attempt, called, timeout);
    }
    CompletableFuture<?> unused =
        called.whenComplete((value, failure) -> guard(() -> ended(attempt, value, failure)));
  }

  /** Sets the timers of an attempt that did not complete immediately. */
  private void watch(Attempt attempt, CompletableFuture<R> called, long timeout) {
    boolean late = false;
    boolean closed = false;
    lock.lock();
    try {
      late = done; // it completed while the call was starting
      if (!late) {
        attempt.called = called;
        attempt.timer =
            engine.timers().after(timeout, () -> guard(() -> timedOut(attempt, timeout)));
        long delay = attempts.hedgeDelayNanos();
        if (hedgeTimer == null && delay != HedgeDelay.NEVER && delay < timeout) {
          hedgeTimer = engine.timers().after(delay, () -> guard(this::hedge));
        }
      }
    } catch (RejectedExecutionException e) {
      closed = true;
    } finally {
      lock.unlock();
    }
    if (late || closed) {
      called.cancel(false);
    }
    if (closed) {
      RequestEngine.abandon(result);
    }
  }

  private void timedOut(Attempt attempt, long timeout) {
    ended(
        attempt,
        null,
        new TimeoutException(
            "attempt timed out after " + Duration.ofNanos(timeout).toMillis() + " ms"));
  }

  private void ended(Attempt attempt, @Nullable R value, @Nullable Throwable thrown) {
    Throwable failure = thrown == null ? null : Failures.unwrap(thrown);
    lock.lock();
    try {
      if (!running.remove(attempt)) {
        return; // it has timed out, or another attempt has won
      }
      stop(attempt.timer);
      if (attempt.hedge) {
        attempts.hedgeOver();
      }
      if (failure != null && last != null && !failure.equals(last)) {
        failure.addSuppressed(last);
      }
      last = failure == null ? last : failure;
    } finally {
      lock.unlock();
    }
    if (failure == null) {
      attempt.lease.onReturned();
      complete(value);
      return;
    }
    Throwable defect = attempts.settle(attempt.lease, failure);
    CompletableFuture<R> called = attempt.called;
    if (called != null) {
      called.cancel(false); // in case it is still in flight
    }
    if (defect != null) {
      result.completeExceptionally(defect);
    } else {
      goOn(attempt.lease.outcome());
    }
  }

  @SuppressWarnings("NullAway") // a stage may complete with null, and so does the result
  private void complete(@Nullable R value) {
    result.complete(value);
  }

  private void goOn(Outcome outcome) {
    if (!attempts.mayRetry(outcome)) {
      fail();
      return;
    }
    boolean nextNow = false;
    boolean over = false;
    lock.lock();
    try {
      long delay = attempts.delayNanos();
      if (attempts.isOverAfter(delay)) {
        over = running.isEmpty() && retryTimer == null; // else a hedge may still succeed
      } else if (delay == 0) {
        nextNow = true;
      } else if (!done && retryTimer == null) {
        retryTimer = engine.timers().after(delay, () -> guard(this::next));
      }
    } catch (RejectedExecutionException e) {
      over = true; // the group was closed concurrently: no further attempt can start
    } finally {
      lock.unlock();
    }
    if (nextNow) {
      next();
    } else if (over) {
      fail();
    }
  }

  private void fail() {
    Throwable failure;
    lock.lock();
    try {
      failure = last == null ? attempts.noEndpoint() : last;
    } finally {
      lock.unlock();
    }
    result.completeExceptionally(failure);
  }

  /** Cancels everything in flight: the result is available, or the caller has cancelled it. */
  private void end() {
    List<Attempt> losers;
    QueuedAttempt<T> waiting;
    lock.lock();
    try {
      done = true;
      waiting = queued;
      losers = List.copyOf(running);
      running.clear();
      stop(retryTimer);
      stop(hedgeTimer);
      for (Attempt loser : losers) {
        stop(loser.timer);
      }
    } finally {
      lock.unlock();
    }
    EndpointQueue queue = engine.queue();
    if (waiting != null && queue != null) {
      queue.leave(waiting);
    }
    for (Attempt loser : losers) {
      loser.lease.release();
      if (loser.called != null) {
        loser.called.cancel(false);
      }
    }
  }

  private static void stop(@Nullable Future<?> timer) {
    if (timer != null) {
      timer.cancel(false);
    }
  }
}
