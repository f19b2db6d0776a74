// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.ManualTicker;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WaitingTest {
  private final ManualTicker ticker = new ManualTicker();
  private final LeakyBucket bucket =
      LeakyBucket.builder().limit(Limit.perSecond(1).burst(3)).ticker(ticker).build();
  private final RateLimiter<String> limiter = bucket.asLimiter();
  private final ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1);

  @AfterEach
  void stop() {
    scheduler.shutdownNow();
  }

  @Test
  void acquire_timeoutTooShort_failsImmediatelyAndTakesNothing() throws Exception {
    bucket.decide(3);
    Decision before = bucket.peek(1);
    assertThat(limiter.acquire("k", 1, Duration.ofSeconds(2)).decision().retryAfter())
        .isEqualTo(Duration.ofSeconds(1));
    assertThat(limiter.acquire("k", 9, Duration.ofDays(9)).decision().outcome())
        .isEqualTo(Decision.Outcome.IMPOSSIBLE);
    assertThat(bucket.peek(1)).isEqualTo(before);
  }

  /** The result never completes, as the Javadoc specifies: the caller must cancel it. */
  @Test
  void acquireAsync_schedulerDropsItsTasks_cancelReturnsThePermits() {
    bucket.decide(2);
    Decision before = bucket.peek(1);
    CompletableFuture<Reservation> waiting =
        limiter.acquireAsync("k", 1, Duration.ofSeconds(9), scheduler);
    assertThat(scheduler.shutdownNow()).isNotEmpty();
    assertThat(waiting).isNotDone();
    waiting.cancel(false);
    assertThat(bucket.peek(1)).isEqualTo(before);
  }

  @Test
  void acquire_interrupted_refunds() throws Exception {
    bucket.decide(3);
    Decision before = bucket.peek(1);
    var caught = new AtomicReference<Throwable>();
    var waiter =
        new Thread(() -> {
          try {
            limiter.acquire("k", 1, Duration.ofSeconds(9));
          } catch (InterruptedException e) {
            caught.set(e);
          }
        });
    waiter.start();
    await().until(() -> !bucket.peek(1).equals(before));
    waiter.interrupt();
    waiter.join();
    assertThat(caught.get()).isInstanceOf(InterruptedException.class);
    assertThat(bucket.peek(1)).isEqualTo(before);
  }

  @Test
  void acquire_rejectedButInTime_waitsAndRetries() throws Exception {
    bucket.decide(4);
    CompletableFuture<Reservation> got = new CompletableFuture<>();
    var waiter =
        new Thread(() -> {
          try {
            got.complete(limiter.acquire("k", 1, Duration.ofSeconds(30)));
          } catch (InterruptedException e) {
            got.completeExceptionally(e);
          }
        });
    waiter.start();
    await()
        .until(() -> {
          ticker.advance(Duration.ofMillis(500));
          return got.isDone();
        });
    assertThat(got.get().admitted()).isTrue();
    waiter.join();
  }

  @Test
  void acquireAsync_noWaitNeeded_completesImmediately() {
    CompletableFuture<Reservation> first = limiter.acquireAsync("k", 1, Duration.ZERO, scheduler);
    assertThat(first.join().admitted()).isTrue();
    CompletableFuture<Reservation> second = limiter.acquireAsync("k", 1, Duration.ZERO, scheduler);
    assertThat(second.join().admitted()).isFalse();
  }

  @Test
  void acquireAsync_cancelled_refundsAndLeavesNoTimer() {
    scheduler.setRemoveOnCancelPolicy(true);
    bucket.decide(2);
    Decision before = bucket.peek(1);
    CompletableFuture<Reservation> waiting =
        limiter.acquireAsync("k", 1, Duration.ofDays(1), scheduler);
    assertThat(waiting).isNotDone();
    assertThat(bucket.peek(1)).isNotEqualTo(before);
    assertThat(waiting.cancel(false)).isTrue();
    assertThat(bucket.peek(1)).isEqualTo(before);
    assertThat(scheduler.getQueue()).isEmpty();
  }

  @Test
  void acquireAsync_schedulerIsShutDown_failsAndRefunds() {
    bucket.decide(2);
    Decision before = bucket.peek(1);
    scheduler.shutdown();
    CompletableFuture<Reservation> waiting =
        limiter.acquireAsync("k", 1, Duration.ofDays(1), scheduler);
    assertThat(waiting).isCompletedExceptionally();
    assertThat(bucket.peek(1)).isEqualTo(before);
  }

  @Test
  void acquireAsync_delayed_completesOnTheScheduler() {
    LeakyBucket fast = LeakyBucket.builder().limit(Limit.perSecond(1000).burst(9)).build();
    fast.decide(5);
    CompletableFuture<Reservation> waiting =
        fast.<String>asLimiter().acquireAsync("k", 1, Duration.ofSeconds(1), scheduler);
    await().until(waiting::isDone);
    assertThat(waiting.join().admitted()).isTrue();
  }

  @Test
  void acquire_badTimeout_namesIt() {
    assertThatThrownBy(() -> limiter.acquire("k", 1, Duration.ofSeconds(-1)))
        .hasMessage("timeout: PT-1S (expected: >= 0)");
  }
}
