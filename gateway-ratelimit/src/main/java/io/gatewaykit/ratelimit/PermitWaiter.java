// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.ratelimit.WaitQueue.JoinResult;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Waits for permits. A caller that is given a delay already holds its permits and waits on a timer.
 * A rejected caller waits in the limiter's {@link WaitQueue} until the earlier ones have left, and
 * then retries after the limiter's retry time.
 */
final class PermitWaiter {
  /** The longest time to park, so that tickers that do not run at real time are read regularly. */
  private static final long MAX_PARK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private PermitWaiter() {}

  static <K> Reservation acquire(RateLimiter<K> limiter, K key, long cost, Duration timeout)
      throws InterruptedException {
    long left = Arguments.nanos("timeout", timeout);
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    return new ThreadWaiter<>(limiter, queueOf(limiter), Arguments.notNull("key", key), cost, left)
        .await();
  }

  static <K> CompletableFuture<Reservation> acquireAsync(
      RateLimiter<K> limiter,
      K key,
      long cost,
      Duration timeout,
      ScheduledExecutorService scheduler) {
    requireNonNull(scheduler, "scheduler");
    long left = Arguments.nanos("timeout", timeout);
    var waiter =
        new AsyncWaiter<>(
            limiter, queueOf(limiter), Arguments.notNull("key", key), cost, left, scheduler);
    waiter.start();
    return waiter.answer;
  }

  /** Without a queue in the limiter, callers wait independently. */
  private static <K> WaitQueue<K> queueOf(RateLimiter<K> limiter) {
    WaitQueue<K> queue = limiter.waitQueue();
    return queue == null ? WaitQueue.of(1) : queue;
  }

  /** Returns the time until the caller proceeds or retries; 0 if the decision is final. */
  private static long waitOf(Decision decision, long left) {
    if (decision.admitted()) {
      return decision.delay().toNanos();
    }
    long retry = decision.retryAfter().toNanos();
    // The last permit of a delayed burst is admitted with the delay of the entire burst.
    Limit limit = decision.limit();
    double thenDelayed = (limit.burst() - limit.delayAfter()) / limit.rate() * 1e9;
    boolean hopeless =
        decision.outcome() != Decision.Outcome.REJECTED || retry + thenDelayed > left;
    return hopeless ? 0 : Math.max(1, retry);
  }

  abstract static class LimiterWaiter<K> extends WaitQueue.Waiter {
    final RateLimiter<K> limiter;
    final WaitQueue<K> queue;
    final K key;
    private final Ticker ticker;
    private final long start;
    private final long timeout;

    LimiterWaiter(RateLimiter<K> limiter, WaitQueue<K> queue, K key, long cost, long timeout) {
      super(queue.queueKey(key), cost, queue.arrive());
      this.limiter = limiter;
      this.queue = queue;
      this.key = key;
      this.timeout = timeout;
      this.ticker = limiter.ticker();
      this.start = ticker.read();
    }

    @Override
    long now() {
      return ticker.read();
    }

    @Override
    long left() {
      return timeout == Long.MAX_VALUE ? timeout : Math.max(0, timeout - (now() - start));
    }

    Reservation rejected() {
      return Reservation.rejected(requireNonNull(rejection));
    }
  }

  private static final class ThreadWaiter<K> extends LimiterWaiter<K> {
    private final Thread thread = Thread.currentThread();

    ThreadWaiter(RateLimiter<K> limiter, WaitQueue<K> queue, K key, long cost, long timeout) {
      super(limiter, queue, key, cost, timeout);
    }

    @Override
    void onFirst() {
      LockSupport.unpark(thread);
    }

    Reservation await() throws InterruptedException {
      JoinResult joined = queue.joinBehind(this);
      if (joined == JoinResult.NONE) {
        long left = left();
        Reservation reservation = limiter.reserve(key, cost, Duration.ofNanos(left));
        long wait = waitOf(reservation.decision(), left);
        if (reservation.admitted() || wait == 0) {
          return delayed(reservation, wait);
        }
        joined = queue.join(this, reservation.decision(), wait);
        try {
          if (joined == JoinResult.FIRST) {
            park(wait);
          }
        } catch (InterruptedException e) {
          queue.leave(this);
          throw e;
        }
      }
      return joined == JoinResult.REJECTED ? rejected() : queued();
    }

    private Reservation queued() throws InterruptedException {
      Reservation reservation;
      long wait;
      try {
        while (!first) {
          long left = left();
          if (left == 0) {
            return rejected();
          }
          parkOnce(left);
        }
        while (true) {
          long left = left();
          reservation = limiter.reserve(key, cost, Duration.ofNanos(left));
          wait = waitOf(reservation.decision(), left);
          if (reservation.admitted() || wait == 0) {
            break;
          }
          queue.onRejected(this, reservation.decision(), wait);
          park(wait);
        }
      } finally {
        queue.leave(this);
      }
      return delayed(reservation, wait);
    }

    private Reservation delayed(Reservation reservation, long delay) throws InterruptedException {
      try {
        park(delay);
      } catch (InterruptedException e) {
        reservation.cancel();
        throw e;
      }
      return reservation;
    }

    private void park(long nanos) throws InterruptedException {
      long from = now();
      for (long rest = nanos; rest > 0; rest = nanos - (now() - from)) {
        parkOnce(rest);
      }
    }

    private static void parkOnce(long nanos) throws InterruptedException {
      LockSupport.parkNanos(Math.min(nanos, MAX_PARK_NANOS));
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
  }

  /** Holds at most one timer, and one reservation that cancelling returns. */
  static final class AsyncWaiter<K> extends LimiterWaiter<K> {
    final Answer answer = new Answer();
    private final ScheduledExecutorService scheduler;
    private volatile @Nullable Reservation held;
    private volatile @Nullable Future<?> timer;
    private volatile boolean queued;

    AsyncWaiter(
        RateLimiter<K> limiter,
        WaitQueue<K> queue,
        K key,
        long cost,
        long timeout,
        ScheduledExecutorService scheduler) {
      super(limiter, queue, key, cost, timeout);
      this.scheduler = scheduler;
    }

    final class Answer extends CompletableFuture<Reservation> {
      @Override
      public boolean cancel(boolean mayInterruptIfRunning) {
        boolean cancelled = super.cancel(mayInterruptIfRunning);
        if (cancelled) {
          release();
        }
        return cancelled;
      }

      @Override
      public <U> CompletableFuture<U> newIncompleteFuture() {
        return new CompletableFuture<>();
      }
    }

    void start() {
      onJoined(queue.joinBehind(this), 0);
    }

    @Override
    void onFirst() {
      queued = true; // can be called before join() returns to onJoined()
      stopTimer();
      try {
        scheduler.execute(this::ask); // not on the previous caller's thread
      } catch (RuntimeException e) { // the scheduler was shut down
        fail(e);
      }
    }

    private void onJoined(JoinResult joined, long wait) {
      switch (joined) {
        case NONE -> ask();
        case REJECTED -> answer.complete(rejected());
        case FIRST -> {
          queued = true;
          schedule(this::ask, wait);
        }
        case BEHIND -> {
          queued = true;
          long left = left();
          if (left < Long.MAX_VALUE && !first) {
            schedule(this::timeOut, left);
          }
        }
      }
      if (answer.isCancelled()) { // cancelled before the queue position and timer were set
        release();
      }
    }

    private void timeOut() {
      if (!first && answer.complete(rejected())) {
        queue.leave(this);
      }
    }

    private void ask() {
      if (answer.isDone()) {
        queue.leave(this);
        return;
      }
      CompletableFuture<Reservation> asked;
      try {
        asked = limiter.reserveAsync(key, cost, Duration.ofNanos(left()));
      } catch (RuntimeException e) {
        fail(e);
        return;
      }
      // A store's thread must not run the continuations, so replies are passed to the scheduler.
      CompletableFuture<Reservation> heard =
          asked.isDone()
              ? asked.whenComplete(this::answered)
              : asked.whenCompleteAsync(this::answered, scheduler);
      var ignored =
          heard.exceptionally(failure -> { // from the limiter, or the scheduler was shut down
            if (fail(failure)) {
              var unused = asked.thenAccept(Reservation::cancel);
            }
            return null;
          });
    }

    private void answered(@Nullable Reservation reservation, @Nullable Throwable handled) {
      if (reservation == null) {
        return;
      }
      long wait = waitOf(reservation.decision(), left());
      if (reservation.admitted() || wait == 0) {
        queue.leave(this);
        finish(reservation, wait);
      } else if (queued) {
        queue.onRejected(this, reservation.decision(), wait);
        schedule(this::ask, wait);
      } else {
        onJoined(queue.join(this, reservation.decision(), wait), wait);
      }
    }

    private void finish(Reservation reservation, long delay) {
      if (delay == 0) {
        if (!answer.complete(reservation)) {
          reservation.cancel();
        }
        return;
      }
      held = reservation;
      schedule(() -> answer.complete(reservation), delay);
      if (answer.isCancelled()) { // cancelled before held and timer were set
        release();
      }
    }

    private void schedule(Runnable step, long nanos) {
      try {
        timer = scheduler.schedule(step, nanos, TimeUnit.NANOSECONDS);
      } catch (RuntimeException e) { // the scheduler was shut down
        fail(e);
      }
    }

    private boolean fail(Throwable failure) {
      boolean failed = answer.completeExceptionally(failure);
      if (failed) {
        release();
      }
      return failed;
    }

    private void release() {
      queue.leave(this);
      Reservation reservation = held;
      if (reservation != null) {
        reservation.cancel();
      }
      stopTimer();
    }

    private void stopTimer() {
      Future<?> pending = timer;
      if (pending != null) {
        pending.cancel(false);
      }
    }
  }
}
