// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One wait for a permit of a {@link ConcurrencyLimiter}. It ends with a permit, at its timeout, or
 * when it is cancelled. If a permit of the key can be reclaimed before the timeout, the wait sets a
 * timer for that as well: on an idle key no other call would reclaim it.
 */
final class PermitWait<K> {
  private final ConcurrencyLimiter<K> limiter;
  private final K key;
  private final PermitQueue.Waiter<?> waiter;
  private final ScheduledExecutorService scheduler;
  private final long nanos;
  private volatile @Nullable Future<?> reclaiming;

  private PermitWait(
      ConcurrencyLimiter<K> limiter,
      K key,
      PermitQueue.Waiter<?> waiter,
      ScheduledExecutorService scheduler,
      long nanos) {
    this.limiter = limiter;
    this.key = key;
    this.waiter = waiter;
    this.scheduler = scheduler;
    this.nanos = nanos;
  }

  static <K> CompletableFuture<Optional<ConcurrencyPermit>> async(
      ConcurrencyLimiter<K> limiter,
      K key,
      int priority,
      Duration timeout,
      ScheduledExecutorService scheduler) {
    Arguments.notNull("key", key);
    requireNonNull(scheduler, "scheduler");
    long nanos = Arguments.nanos("timeout", timeout);
    PermitQueue.Waiter<?> waiter = limiter.enqueue(key, priority, nanos > 0);
    if (!waiter.isDone()) {
      new PermitWait<>(limiter, key, waiter, scheduler, nanos).schedule();
    }
    return waiter;
  }

  private void schedule() {
    try {
      Future<?> timer =
          scheduler.schedule(() -> limiter.abandon(key, waiter), nanos, TimeUnit.NANOSECONDS);
      var ignored =
          waiter.whenComplete((permit, failure) -> {
            timer.cancel(false);
            cancelReclaiming();
          });
      reclaim();
    } catch (RuntimeException e) { // the scheduler was shut down
      if (waiter.cancel(false)) { // else granted meanwhile: no timer needed
        throw e;
      }
    }
  }

  /** Reclaims permits, and schedules the next time at which one can be reclaimed. */
  private void reclaim() {
    long next = limiter.reclaim(key);
    if (next < nanos && !waiter.isDone()) {
      reclaiming = scheduler.schedule(this::reclaim, next, TimeUnit.NANOSECONDS);
      if (waiter.isDone()) { // can run before the timer is assigned
        cancelReclaiming();
      }
    }
  }

  private void cancelReclaiming() {
    Future<?> timer = reclaiming;
    if (timer != null) {
      timer.cancel(false);
    }
  }

  static <K> Optional<ConcurrencyPermit> block(
      ConcurrencyLimiter<K> limiter, K key, int priority, Duration timeout)
      throws InterruptedException {
    Arguments.notNull("key", key);
    long nanos = Arguments.nanos("timeout", timeout);
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    PermitQueue.Waiter<?> waiter = limiter.enqueue(key, priority, nanos > 0);
    long start = Ticker.system().read();
    while (true) {
      long left = nanos - (Ticker.system().read() - start);
      long next = waiter.isDone() ? left : limiter.reclaim(key);
      try {
        return waiter.get(Math.min(left, next), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        if (left <= next) {
          limiter.abandon(key, waiter);
          return waiter.join();
        }
      } catch (InterruptedException e) {
        if (!waiter.cancel(false)) { // granted a permit concurrently
          waiter.join().ifPresent(ConcurrencyPermit::close);
        }
        throw e;
      } catch (ExecutionException e) {
        throw new IllegalStateException(e); // a waiter never fails
      }
    }
  }
}
