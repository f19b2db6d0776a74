// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSession;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.RequestHead;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConcurrencyTest {
  private final ManualTicker ticker = new ManualTicker();

  private ConcurrencyLimiter<Object> limiter(int max, int burst) {
    return ConcurrencyLimiter.builder()
        .max(max)
        .burst(burst)
        .usualLatency(Duration.ofSeconds(1))
        .maxHold(Duration.ofMinutes(1))
        .ticker(ticker)
        .build();
  }

  @Test
  void close_twice_releasesOnce() {
    ConcurrencyLimiter<Object> limiter = limiter(2, 0);
    var first = limiter.tryAcquire("k").orElseThrow();
    assertThat(limiter.tryAcquire("k")).isPresent();
    first.close();
    first.close();
    assertThat(first.release(Duration.ofDays(1))).isFalse();
    assertThat(limiter.usualLatency()).as("not taught").isEqualTo(Duration.ofSeconds(1));
    assertThat(limiter.inUse("k")).isEqualTo(1);
    assertThat(limiter.tryAcquire("k")).isPresent();
    assertThat(limiter.tryAcquire("k")).isEmpty();
    assertThat(limiter.tryAcquire("other")).isPresent();
  }

  @Test
  void tryAcquire_leakedPermits_areReclaimedAfterMaxHold() {
    ConcurrencyLimiter<Object> limiter = limiter(1, 0);
    var leaked = limiter.tryAcquire("k").orElseThrow();
    ticker.advance(Duration.ofSeconds(59));
    assertThat(limiter.tryAcquire("k")).isEmpty();
    ticker.advance(Duration.ofSeconds(1));
    assertThat(limiter.tryAcquire("k")).isPresent();
    assertThat(limiter.reclaimed()).isEqualTo(1);
    leaked.close();
    assertThat(limiter.inUse("k")).as("the new one stays").isEqualTo(1);
  }

  /** Each call that reclaims leaked permits passes them to waiting callers. */
  @ParameterizedTest
  @ValueSource(strings = {"inUse", "peek", "tryAcquire", "acquireAsync"})
  void leakedPermits_goToThoseThatWait(String call) {
    ConcurrencyLimiter<Object> limiter = limiter(1, 0);
    var scheduler = Executors.newSingleThreadScheduledExecutor();
    try {
      assertThat(limiter.tryAcquire("k")).isPresent();
      var first = limiter.acquireAsync("k", 0, Duration.ofHours(1), scheduler);
      var second = limiter.acquireAsync("k", 0, Duration.ofHours(1), scheduler);
      ticker.advance(Duration.ofMinutes(1));
      switch (call) {
        case "inUse" -> assertThat(limiter.inUse("k")).isEqualTo(1);
        case "peek" -> assertThat(limiter.peek("k")).isEmpty();
        case "tryAcquire" -> assertThat(limiter.tryAcquire("k")).isEmpty();
        default ->
            assertThat(limiter.acquireAsync("k", 0, Duration.ZERO, scheduler).join()).isEmpty();
      }
      assertThat(first).isCompletedWithValueMatching(permit -> permit.isPresent());
      assertThat(second).isNotDone();
      assertThat(limiter.reclaimed()).isEqualTo(1);
      first.join().orElseThrow().close();
      assertThat(second).isCompletedWithValueMatching(permit -> permit.isPresent());
    } finally {
      scheduler.shutdownNow();
    }
  }

  @Test
  void reconfigure_larger_servesThoseThatWait() {
    ConcurrencyLimiter<Object> limiter = limiter(1, 0);
    var scheduler = Executors.newSingleThreadScheduledExecutor();
    try {
      assertThat(limiter.tryAcquire("k")).isPresent();
      var first = limiter.acquireAsync("k", 0, Duration.ofHours(1), scheduler);
      var second = limiter.acquireAsync("k", 0, Duration.ofHours(1), scheduler);
      limiter.reconfigure(2, 0);
      assertThat(first).isCompletedWithValueMatching(permit -> permit.isPresent());
      assertThat(second).isNotDone();
      assertThat(limiter.inUse("k")).isEqualTo(2);
    } finally {
      scheduler.shutdownNow();
    }
  }

  @Test
  void acquire_interruptedWhileGranted_leaksNoPermit() throws Exception {
    ConcurrencyLimiter<Object> limiter = limiter(1, 0);
    for (int i = 0; i < 200; i++) {
      var held = limiter.tryAcquire("k").orElseThrow();
      var waiting =
          new Thread(() -> {
            try {
              limiter.acquire("k", 0, Duration.ofMinutes(1)).ifPresent(ConcurrencyPermit::close);
            } catch (InterruptedException e) {
              // the case under test
            }
          });
      waiting.start();
      await().until(() -> waiting.getState() == Thread.State.TIMED_WAITING);
      waiting.interrupt();
      held.close();
      waiting.join();
      assertThat(limiter.inUse("k")).isZero();
    }
  }

  @Test
  void acquireAsync_schedulerShutDown_leavesTheQueue() {
    ConcurrencyLimiter<Object> limiter = limiter(1, 0);
    var scheduler = Executors.newSingleThreadScheduledExecutor();
    scheduler.shutdownNow();
    var held = limiter.acquireAsync("k", 0, Duration.ofHours(1), scheduler).join().orElseThrow();
    assertThatThrownBy(() -> limiter.acquireAsync("k", 0, Duration.ofHours(1), scheduler))
        .isInstanceOf(RejectedExecutionException.class);
    assertThat(limiter.waiting("k")).isZero();
    held.close();
    assertThat(limiter.inUse("k")).as("nobody got the permit").isZero();
  }

  @Test
  void reconfigure_smaller_keepsWhatIsHeld() {
    ConcurrencyLimiter<Object> limiter = limiter(3, 0);
    var permits = new ArrayList<ConcurrencyPermit>();
    for (int i = 0; i < 3; i++) {
      permits.add(limiter.tryAcquire("k").orElseThrow());
    }
    limiter.reconfigure(1, 1);
    assertThat(limiter.peek("k")).isEmpty();
    permits.get(0).close();
    assertThat(limiter.tryAcquire("k")).isEmpty();
    permits.get(1).close();
    assertThat(limiter.tryAcquire("k").orElseThrow().delay()).isEqualTo(Duration.ofSeconds(1));
    assertThatThrownBy(() -> limiter.reconfigure(0, 1))
        .hasMessage("max: 0 (expected: 1..1000000000)");
  }

  @Test
  void tryAcquire_manyThreads_neverMoreThanMax() throws Exception {
    ConcurrencyLimiter<Object> limiter = limiter(3, 0);
    var pool = Executors.newFixedThreadPool(4);
    var tasks = new ArrayList<Future<Integer>>();
    for (int t = 0; t < 4; t++) {
      tasks.add(
          pool.submit(() -> {
            int most = 0;
            for (int i = 0; i < 5000; i++) {
              var permit = limiter.tryAcquire("k");
              if (permit.isPresent()) {
                most = Math.max(most, permit.get().position());
                permit.get().close();
              }
            }
            return most;
          }));
    }
    int most = 0;
    for (Future<Integer> task : tasks) {
      most = Math.max(most, task.get()); // a thread can find all permits taken on every attempt
    }
    assertThat(most).isBetween(1, 3);
    pool.shutdown();
    assertThat(limiter.inUse("k")).isZero();
  }

  @Test
  void guard_holdsAPermitFromHeadToEnd() {
    ConcurrencyLimiter<Object> limiter = limiter(1, 1);
    ConcurrencyGuard guard = ConcurrencyGuard.of("slots", limiter);
    GuardChain chain = GuardChain.of(guard);
    GatewayRequest request = RequestHead.builder("GET", "/").build();
    GatewayRequest second = RequestHead.builder("GET", "/").build();
    GatewayRequest third = RequestHead.builder("GET", "/").build();
    GuardSession run = chain.begin();
    assertThat(run.head(request)).isSameAs(Verdict.allow());
    GuardSession secondRun = chain.begin();
    assertThat(secondRun.head(second)).isEqualTo(Verdict.delay(Duration.ofSeconds(1)));
    GuardSession thirdRun = chain.begin();
    Verdict.Reject rejected = (Verdict.Reject) thirdRun.head(third);
    thirdRun.complete(third, new Completion(Completion.Kind.REJECTED, 429));
    assertThat(rejected.rejection().status()).isEqualTo(429);
    assertThat(guard.rejected()).isEqualTo(1);
    ticker.advance(Duration.ofSeconds(3));
    run.complete(request, new Completion(Completion.Kind.SERVED, 200));
    run.complete(request, new Completion(Completion.Kind.SERVED, 200));
    assertThat(limiter.usualLatency()).isEqualTo(Duration.ofSeconds(2));
    secondRun.complete(second, new Completion(Completion.Kind.FAILED, 0));
    assertThat(limiter.usualLatency()).as("failures do not teach").isEqualTo(Duration.ofSeconds(2));
    assertThat(limiter.inUse(request.client().network())).isZero();
  }
}
