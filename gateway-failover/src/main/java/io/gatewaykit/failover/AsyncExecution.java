package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.FailoverGroup.AsyncCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Walks the attempts of one request without blocking: retries after a wait, hedges, and ends what
 * takes too long.
 *
 * <p>Completions and timers may come on any thread and at once. Each takes the lock, changes the
 * fields, decides, and lets go; user code, leases and futures are touched only outside of it. An
 * attempt is over exactly once: whoever removes it from {@link #running} ends its lease. When the
 * last one is over and no retry waits, the request is.
 */
final class AsyncExecution<T, R> {
  private final FailoverGroup<T> group;
  private final Attempts<T> attempts;
  private final AsyncCall<T, R> call;
  private final CompletableFuture<R> result = new CompletableFuture<>();
  private final ReentrantLock lock = new ReentrantLock(); // not a monitor: virtual threads may wait
  private final List<Attempt> running = new ArrayList<>(1);
  private @Nullable Throwable last;
  private @Nullable Future<?> retryTimer;
  private @Nullable Future<?> hedgeTimer;
  private boolean done;

  AsyncExecution(FailoverGroup<T> group, Attempts<T> attempts, AsyncCall<T, R> call) {
    this.group = group;
    this.attempts = attempts;
    this.call = call;
  }

  /** One call under way. */
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

  CompletableFuture<R> start() {
    group.running().add(this);
    CompletableFuture<?> unused =
        result.whenComplete((value, failure) -> {
          group.running().remove(this);
          end(); // if the caller ended it, what runs must stop
        });
    next();
    return result;
  }

  /** Ends the request from outside: without timers nothing would end it in time. */
  void abandon() {
    result.completeExceptionally(new CancellationException("the group was closed"));
  }

  /** Starts the next attempt in turn; by way of completed ones it may call itself a few times. */
  private void next() {
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
        over = running.isEmpty(); // else a hedge still runs and may yet succeed
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
      called = requireNonNull(call.apply(attempt.lease), "the call's stage").toCompletableFuture();
    } catch (Throwable e) { // also an Error: the lease must not leak, and the caller must learn
      ended(attempt, null, e);
      return;
    }
    if (!called.isDone()) {
      watch(attempt, called, timeout);
    }
    CompletableFuture<?> unused =
        called.whenComplete((value, failure) -> ended(attempt, value, failure));
  }

  /** Sets the timers of an attempt that did not end at once. */
  private void watch(Attempt attempt, CompletableFuture<R> called, long timeout) {
    boolean late = false;
    boolean closed = false;
    lock.lock();
    try {
      late = done; // it ended while the call was being started
      if (!late) {
        attempt.called = called;
        attempt.timer = group.timers().after(timeout, () -> timedOut(attempt, timeout));
        long delay = attempts.hedgeDelayNanos();
        if (hedgeTimer == null && delay != Hedging.NEVER && delay < timeout) {
          hedgeTimer = group.timers().after(delay, this::hedge);
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
      abandon();
    }
  }

  private void timedOut(Attempt attempt, long timeout) {
    ended(
        attempt,
        null,
        new TimeoutException("no answer within " + Duration.ofNanos(timeout).toMillis() + " ms"));
  }

  private void ended(Attempt attempt, @Nullable R value, @Nullable Throwable thrown) {
    Throwable failure = thrown == null ? null : Failures.unwrap(thrown);
    lock.lock();
    try {
      if (!running.remove(attempt)) {
        return; // its time was over, or another one has won
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
      attempt.lease.settle(Outcome.SUCCESS);
      complete(value);
      return;
    }
    attempt.lease.settle(attempts.outcome(failure));
    CompletableFuture<R> called = attempt.called;
    if (called != null) {
      called.cancel(false); // if it still runs, nobody waits for it any more
    }
    goOn(attempt.lease.outcome());
  }

  @SuppressWarnings("NullAway") // a stage may be completed with null, and then so is the result
  private void complete(@Nullable R value) {
    result.complete(value);
  }

  private void goOn(Outcome outcome) {
    if (!attempts.mayRetry(outcome)) {
      fail();
    } else if (!waits()) {
      next();
    }
  }

  /** Sets the timer for the next attempt; false if there is nothing to wait for. */
  private boolean waits() {
    lock.lock();
    try {
      long delay = attempts.delayNanos();
      if (delay > 0 && !done && retryTimer == null) {
        retryTimer = group.timers().after(delay, this::next);
      }
      return delay > 0;
    } catch (RejectedExecutionException e) {
      return false; // the group was closed under it: there will be no other attempt
    } finally {
      lock.unlock();
    }
  }

  private void fail() {
    Throwable failure;
    lock.lock();
    try {
      failure = last == null ? new NoEndpointException(group.name()) : last;
    } finally {
      lock.unlock();
    }
    result.completeExceptionally(failure);
  }

  /** Ends all that runs; the result is there, or the caller has gone. */
  private void end() {
    List<Attempt> losers;
    lock.lock();
    try {
      done = true;
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
