// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.ManualTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Waiting callers are served in order, at a constant number of limiter calls each. */
class FairWaitingTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();

  @AfterEach
  void stop() {
    scheduler.shutdownNow();
  }

  static Stream<Named<RateLimiter<String>>> limiters() {
    Limit nodelay = Limit.perSecond(500).burst(9).nodelay();
    KeyedLeakyBucket.Builder<String> keyed = KeyedLeakyBucket.<String>builder().limit(nodelay);
    return Stream.of(
        Named.of("single", LeakyBucket.builder().limit(nodelay).build().asLimiter()),
        Named.of("keyed", keyed.build()),
        Named.of("exact keys", keyed.exactKeys().build()),
        Named.of(
            "window",
            WindowCounter.<String>builder().fixed(Limit.of(25, Duration.ofMillis(50))).build()),
        Named.of(
            "composite",
            CompositeLimiter.<String>builder()
                .add("a", KeyedLeakyBucket.<String>builder().limit(nodelay).build())
                .add("b", LeakyBucket.builder().limit(nodelay).build().asLimiter())
                .build()));
  }

  /** Counts reservations; has its own queue. */
  private static final class Counted implements RateLimiter<String> {
    private final RateLimiter<String> limiter;
    private final WaitQueue<String> queue = WaitQueue.of(10_000);
    private int questions;

    Counted(RateLimiter<String> limiter) {
      this.limiter = limiter;
    }

    @Override
    public WaitQueue<String> waitQueue() {
      return queue;
    }

    @Override
    public synchronized Reservation reserve(String key, long cost, Duration maxDelay) {
      questions++;
      return limiter.reserve(key, cost, maxDelay);
    }

    @Override
    public long decide(String key, long cost) {
      return limiter.decide(key, cost);
    }

    @Override
    public Decision check(String key, long cost) {
      return limiter.check(key, cost);
    }

    @Override
    public Decision peek(String key, long cost) {
      return limiter.peek(key, cost);
    }

    @Override
    public boolean tryAcquire(String key) {
      return limiter.tryAcquire(key);
    }

    @Override
    public Balance charge(String key, long cost) {
      return limiter.charge(key, cost);
    }

    @Override
    public void reset(String key) {
      limiter.reset(key);
    }
  }

  @ParameterizedTest
  @MethodSource("limiters")
  void acquireAsync_manyWait_inOrderAndWithFewQuestions(RateLimiter<String> limiter) {
    var counted = new Counted(limiter);
    int waiters = 200;
    List<Integer> served = Collections.synchronizedList(new ArrayList<>());
    var all = new ArrayList<CompletableFuture<?>>();
    for (int i = 0; i < waiters; i++) {
      int number = i;
      all.add(
          counted
              .acquireAsync("k", 1, LONG, scheduler)
              .thenAccept(reservation -> {
                assertThat(reservation.admitted()).isTrue();
                served.add(number);
              }));
    }
    CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new)).join();
    assertThat(served).isSorted().hasSize(waiters);
    assertThat(counted.questions).as("at most about two each").isLessThanOrEqualTo(waiters * 3);
    assertThat(counted.queue.waiting()).isZero();
  }

  @ParameterizedTest
  @MethodSource("limiters")
  void acquire_threads_allAreServed(RateLimiter<String> limiter) throws Exception {
    while (limiter.check("k", 1).admitted()) {} // empty, so that all callers wait
    List<Integer> served = Collections.synchronizedList(new ArrayList<>());
    WaitQueue<String> queue = requireNonNull(limiter.waitQueue());
    var threads = new ArrayList<Thread>();
    for (int i = 0; i < 20; i++) {
      int number = i;
      var thread =
          new Thread(() -> {
            try {
              if (limiter.acquire("k", number == 0 ? 5 : 1, LONG).admitted()) {
                served.add(number);
              }
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
          });
      threads.add(thread);
      thread.start();
      await().until(() -> thread.getState() != Thread.State.RUNNABLE || !thread.isAlive());
    }
    for (Thread thread : threads) {
      thread.join(30_000);
    }
    assertThat(served).hasSize(20);
    assertThat(queue.waiting()).isZero();
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
  void acquire_waitThatCannotEndInTime_failsAtOnce() {
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
  void acquire_firstGivesUp_nextIsServed() throws Exception {
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
  void acquireAsync_firstLeavesJustAfterTheNextJoined_nextKeepsOnePlace() throws Exception {
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
  void execute_refused_throwsTheDecision() {
    LeakyBucket bucket = LeakyBucket.builder().limit(Limit.of(1, Duration.ofHours(1))).build();
    bucket.decide(1);
    assertThatThrownBy(() -> bucket.execute(1, Duration.ZERO, () -> "never"))
        .isInstanceOfSatisfying(
            LimitExceededException.class,
            e -> assertThat(e.decision().outcome()).isEqualTo(Decision.Outcome.REJECTED))
        .hasMessageStartingWith("limit exceeded, retry after PT");
  }
}
