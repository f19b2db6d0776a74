// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.upstream.AdaptiveLimit;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PermitQueueTest {
  private static final Duration LONG = Duration.ofMinutes(1);
  private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();

  @AfterEach
  void stop() {
    scheduler.shutdownNow();
  }

  private static ConcurrencyLimiter<String> limiter(int max, int maxWaiters) {
    return ConcurrencyLimiter.<String>builder().max(max).maxWaiters(maxWaiters).build();
  }

  private static ConcurrencyPermit permitOf(CompletableFuture<Optional<ConcurrencyPermit>> future) {
    return future.join().orElseThrow();
  }

  @Test
  void acquireAsync_highestPriorityFirst_thenInOrder() {
    ConcurrencyLimiter<String> limiter = limiter(1, 10);
    var busy = limiter.tryAcquire("k").orElseThrow();
    var served = new ArrayList<String>();
    int[] priorities = {0, 5, 0, 5, 9};
    for (int i = 0; i < priorities.length; i++) {
      String name = priorities[i] + "#" + i;
      var ignored =
          limiter
              .acquireAsync("k", priorities[i], LONG, scheduler)
              .thenAccept(permit -> {
                served.add(name);
                permit.orElseThrow().close();
              });
    }
    assertThat(limiter.waiting("k")).isEqualTo(5);
    assertThat(limiter.tryAcquire("k")).as("nobody overtakes those that wait").isEmpty();
    busy.close();
    assertThat(served).containsExactly("9#4", "5#1", "5#3", "0#0", "0#2");
    assertThat(limiter.inUse("k")).isZero();
    assertThat(limiter.tryAcquire("k")).isPresent();
  }

  @Test
  void acquireAsync_queueFull_rejectsTheLowestPriority() {
    ConcurrencyLimiter<String> limiter = limiter(1, 2);
    var busy = limiter.tryAcquire("k").orElseThrow();
    var low = limiter.acquireAsync("k", 1, LONG, scheduler);
    var middle = limiter.acquireAsync("k", 2, LONG, scheduler);
    var high = limiter.acquireAsync("k", 3, LONG, scheduler);
    assertThat(low.join()).isEmpty();
    var lowest = limiter.acquireAsync("k", 0, LONG, scheduler);
    assertThat(lowest.join()).isEmpty();
    assertThat(limiter.evicted()).isEqualTo(2);
    busy.close();
    permitOf(high).close();
    permitOf(middle).close();
  }

  @Test
  void acquireAsync_timeoutAndCancel_leaveNothingBehind() {
    ConcurrencyLimiter<String> limiter = limiter(1, 10);
    var busy = limiter.tryAcquire("k").orElseThrow();
    var late = limiter.acquireAsync("k", 0, Duration.ofMillis(20), scheduler);
    var cancelled = limiter.acquireAsync("k", 0, LONG, scheduler);
    var last = limiter.acquireAsync("k", 0, LONG, scheduler);
    assertThat(limiter.acquireAsync("k", 9, Duration.ZERO, scheduler).join()).isEmpty();
    assertThat(late.join()).isEmpty();
    cancelled.cancel(false);
    assertThat(limiter.waiting("k")).isEqualTo(1);
    busy.close();
    permitOf(last).close();
    assertThat(limiter.inUse("k")).isZero();
    assertThat(limiter.waiting("k")).isZero();
  }

  @Test
  void acquireAsync_permitsNeverReleased_areGrantedAfterMaxHoldWithoutOtherCalls() {
    ConcurrencyLimiter<String> limiter =
        ConcurrencyLimiter.<String>builder().max(2).maxHold(Duration.ofMillis(100)).build();
    for (int i = 0; i < 2; i++) {
      assertThat(limiter.tryAcquire("k")).isPresent();
    }
    var waiting = new ArrayList<CompletableFuture<Optional<ConcurrencyPermit>>>();
    for (int i = 0; i < 5; i++) {
      waiting.add(limiter.acquireAsync("k", 0, LONG, scheduler)); // none of them releases
    }
    await().untilAsserted(() -> assertThat(waiting).allMatch(CompletableFuture::isDone));
    assertThat(waiting).allMatch(permit -> permit.join().isPresent());
    assertThat(limiter.reclaimed()).isGreaterThanOrEqualTo(5);
  }

  @Test
  void acquire_permitNeverReleased_isGrantedAfterMaxHoldWithoutOtherCalls() throws Exception {
    ConcurrencyLimiter<String> limiter =
        ConcurrencyLimiter.<String>builder().max(1).maxHold(Duration.ofMillis(50)).build();
    assertThat(limiter.tryAcquire("k")).isPresent();
    assertThat(limiter.acquire("k", 0, Duration.ofSeconds(5))).isPresent();
    assertThat(limiter.reclaimed()).isEqualTo(1);
    assertThat(limiter.acquire("k", 0, Duration.ofMillis(5))).as("before maxHold").isEmpty();
  }

  @Test
  void acquireAsync_servedOrCancelled_leavesNoTimer() {
    ConcurrencyLimiter<String> limiter =
        ConcurrencyLimiter.<String>builder().max(1).maxHold(Duration.ofHours(1)).build();
    var pool = (ScheduledThreadPoolExecutor) Executors.newScheduledThreadPool(1);
    pool.setRemoveOnCancelPolicy(true);
    var busy = limiter.tryAcquire("k").orElseThrow();
    var served = limiter.acquireAsync("k", 0, Duration.ofHours(2), pool);
    var cancelled = limiter.acquireAsync("k", 0, Duration.ofHours(2), pool);
    assertThat(pool.getQueue()).isNotEmpty();
    cancelled.cancel(false);
    busy.close();
    permitOf(served).close();
    assertThat(pool.getQueue()).isEmpty();
    pool.shutdownNow();
  }

  @Test
  void acquire_threads_neverMoreThanMaxConcurrently() throws Exception {
    ConcurrencyLimiter<String> limiter = limiter(3, 100);
    var inside = new AtomicInteger();
    var most = new AtomicInteger();
    var done = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      int priority = i % 3;
      var thread =
          new Thread(() -> {
            try {
              for (int j = 0; j < 200; j++) {
                var permit = limiter.acquire("k", priority, LONG).orElseThrow();
                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                Thread.onSpinWait();
                inside.decrementAndGet();
                permit.close();
                done.incrementAndGet();
              }
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
          });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(done.get()).isEqualTo(16 * 200);
    assertThat(most.get()).isBetween(1, 3);
    assertThat(limiter.inUse("k")).isZero();
  }

  @Test
  void acquire_interrupted_leavesTheQueue() throws Exception {
    ConcurrencyLimiter<String> limiter = limiter(1, 10);
    var busy = limiter.tryAcquire("k").orElseThrow();
    var thread =
        new Thread(() -> {
          try {
            limiter.acquire("k", 0, LONG);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    thread.start();
    await().until(() -> limiter.waiting("k") == 1);
    thread.interrupt();
    thread.join();
    assertThat(limiter.waiting("k")).isZero();
    busy.close();
    assertThat(limiter.inUse("k")).isZero();
  }

  @Test
  void adaptive_followsTheLatency() {
    var adaptive = AdaptiveLimit.between(10, 2, 40);
    ConcurrencyLimiter<String> limiter =
        ConcurrencyLimiter.<String>builder().adaptive(adaptive).build();
    int before = limiter.max();
    for (int round = 0; round < 30; round++) {
      var permits = new ArrayList<ConcurrencyPermit>();
      for (var permit = limiter.tryAcquire("k");
          permit.isPresent();
          permit = limiter.tryAcquire("k")) {
        permits.add(permit.get());
      }
      assertThat(permits).hasSize(limiter.max());
      permits.forEach(permit -> permit.release(Duration.ofMillis(10)));
    }
    assertThat(limiter.max()).isGreaterThan(before);
    int grown = limiter.max();
    limiter.tryAcquire("k").orElseThrow().drop();
    assertThat(limiter.max()).isLessThan(grown);
  }

  @Test
  void release_adaptiveLimitRises_servesTheNextWaiters() {
    ConcurrencyLimiter<String> limiter =
        ConcurrencyLimiter.<String>builder().adaptive(AdaptiveLimit.between(10, 2, 40)).build();
    var permits = new ArrayDeque<ConcurrencyPermit>();
    for (int i = 0; i < 400; i++) {
      var ignored =
          limiter
              .acquireAsync("k", 0, Duration.ofMinutes(1), scheduler)
              .thenAccept(permit -> permits.add(permit.orElseThrow()));
    }
    int before = limiter.max();
    while (limiter.waiting("k") > 0) {
      permits.remove().release(Duration.ofMillis(10));
      if (limiter.waiting("k") > 0) {
        assertThat(permits).hasSizeGreaterThanOrEqualTo(limiter.max());
      }
    }
    assertThat(limiter.max()).isGreaterThan(before);
  }
}
