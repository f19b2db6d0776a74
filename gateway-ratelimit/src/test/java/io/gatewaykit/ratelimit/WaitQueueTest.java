// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The bounds, timeouts and cancellations of the queue of waiting callers. */
class WaitQueueTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();

  @AfterEach
  void stop() {
    scheduler.shutdownNow();
  }

  @Test
  void acquire_largeCostAmongSmallOnes_isNotOvertaken() {
    RateLimiter<String> limiter =
        LeakyBucket.builder().limit(Limit.perSecond(1000).burst(19).nodelay()).build().asLimiter();
    assertThat(limiter.decide("k", 20)).isZero();
    List<String> served = Collections.synchronizedList(new ArrayList<>());
    var all = new ArrayList<CompletableFuture<?>>();
    for (int i = 0; i < 9; i++) {
      String name = i == 2 ? "large" : "small";
      all.add(
          limiter
              .acquireAsync("k", i == 2 ? 15 : 1, LONG, scheduler)
              .thenAccept(reservation -> served.add(name)));
    }
    CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new)).join();
    assertThat(served.indexOf("large")).isEqualTo(2);
  }

  @Test
  void acquire_waitThatCannotEndInTime_failsImmediately() {
    LeakyBucket bucket = LeakyBucket.builder().limit(Limit.of(1, Duration.ofSeconds(30))).build();
    bucket.decide(1);
    CompletableFuture<Reservation> first = bucket.acquireAsync(1, LONG, scheduler);
    CompletableFuture<Reservation> second =
        bucket.acquireAsync(1, Duration.ofSeconds(50), scheduler);
    assertThat(first).isNotDone();
    assertThat(second).isDone();
    assertThat(second.join().admitted()).isFalse();
    assertThat(second.join().decision().retryAfter())
        .isBetween(Duration.ofSeconds(55), Duration.ofSeconds(60));
    first.cancel(false);
  }

  @Test
  void acquire_moreThanMayWait_areRejected() {
    LeakyBucket bucket =
        LeakyBucket.builder().limit(Limit.of(1, Duration.ofHours(1))).maxWaiters(2).build();
    bucket.decide(1);
    var all = new ArrayList<CompletableFuture<Reservation>>();
    for (int i = 0; i < 3; i++) {
      all.add(bucket.acquireAsync(1, Duration.ofDays(1), scheduler));
    }
    assertThat(all.get(1)).isNotDone();
    assertThat(all.get(2).join().admitted()).isFalse();
    all.get(0).cancel(false);
    assertThat(waiting(bucket)).isEqualTo(1);
    all.get(1).cancel(false);
    assertThat(waiting(bucket)).isZero();
  }

  private static int waiting(LeakyBucket bucket) {
    return requireNonNull(bucket.<String>asLimiter().waitQueue()).waiting();
  }

  @Test
  void acquire_firstCancels_nextIsServed() throws Exception {
    LeakyBucket bucket = LeakyBucket.builder().limit(Limit.perSecond(20)).build();
    bucket.decide(1);
    CompletableFuture<Reservation> first = bucket.acquireAsync(1, LONG, scheduler);
    CompletableFuture<Reservation> second = bucket.acquireAsync(1, LONG, scheduler);
    CompletableFuture<Reservation> shortOne =
        bucket.acquireAsync(1, Duration.ofMillis(160), scheduler);
    first.cancel(false);
    assertThat(second.join().admitted()).isTrue();
    assertThat(shortOne.join()).isNotNull();
    assertThat(bucket.execute(1, LONG, () -> "done")).isEqualTo("done");
  }

  @Test
  void acquireAsync_firstLeavesJustAfterTheNextJoined_nextKeepsOneEntry() throws Exception {
    RateLimiter<String> limiter =
        LeakyBucket.builder()
            .limit(Limit.of(1, Duration.ofHours(1)))
            .ticker(new ManualTicker())
            .build()
            .asLimiter();
    WaitQueue<String> queue = requireNonNull(limiter.waitQueue());
    var timers = new ScheduledThreadPoolExecutor(1);
    try {
      limiter.decide("k", 1);
      CompletableFuture<Reservation> first =
          limiter.acquireAsync("k", 1, Duration.ofDays(1), scheduler);
      var next =
          new PermitWaiter.AsyncWaiter<>(
              limiter, queue, "k", 1, Duration.ofDays(1).toNanos(), timers);
      assertThat(queue.joinBehind(next)).isEqualTo(WaitQueue.JoinResult.BEHIND);
      first.cancel(false); // before the next caller has joined the queue
      timers.submit(() -> {}).get(); // after its reservation
      assertThat(queue.waiting()).isEqualTo(1);
      assertThat(timers.getQueue()).as("asks again later").hasSize(1);
      next.answer.cancel(false);
      assertThat(queue.waiting()).isZero();
    } finally {
      timers.shutdownNow();
    }
  }

  @Test
  void execute_rejected_throwsTheDecision() {
    LeakyBucket bucket = LeakyBucket.builder().limit(Limit.of(1, Duration.ofHours(1))).build();
    bucket.decide(1);
    assertThatThrownBy(() -> bucket.execute(1, Duration.ZERO, () -> "never"))
        .isInstanceOfSatisfying(
            LimitExceededException.class,
            e -> assertThat(e.decision().outcome()).isEqualTo(Decision.Outcome.REJECTED))
        .hasMessageStartingWith("limit exceeded, retry after PT");
  }
}
