// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Defects that were reported to other limiters, with the reference of each report. */
class PeerReportsTest {
  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);
  private final ManualTicker ticker = new ManualTicker();

  private RateLimiter<String> bucket(Limit limit) {
    return LeakyBucket.builder().limit(limit).ticker(ticker).build().asLimiter();
  }

  /** bucket4j/bucket4j#88: the wait ignored the part of a permit that had already drained. */
  @Test
  void retryAfter_partOfAPermitHasDrained_isShorterByIt() {
    RateLimiter<String> limiter = bucket(Limit.perSecond(1));
    assertThat(limiter.tryAcquire("k")).isTrue();
    ticker.advance(Duration.ofMillis(200));
    assertThat(limiter.check("k", 1).retryAfter()).isEqualTo(Duration.ofMillis(800));
  }

  /** bucket4j/bucket4j#220: a cost above the capacity had a finite wait. */
  @Test
  void costAboveTheCapacity_hasNoWait() {
    RateLimiter<String> limiter = bucket(Limit.of(3, Duration.ofSeconds(2)).burst(2).nodelay());
    assertThat(limiter.check("k", 4).outcome()).isEqualTo(Decision.Outcome.IMPOSSIBLE);
    assertThat(limiter.check("k", 3).admitted()).isTrue();
  }

  /** bucket4j/bucket4j#128: a quota per minute was available again after half a minute. */
  @Test
  void quotaOfAMinute_slowCaller_isNotRefilledEarly() {
    WindowCounter<String> counter =
        WindowCounter.<String>builder()
            .fixed(Limit.of(5, Duration.ofMinutes(1)))
            .ticker(ticker)
            .build();
    for (int i = 0; i < 5; i++) {
      assertThat(counter.tryAcquire("k")).isTrue();
      ticker.advance(Duration.ofSeconds(7));
    }
    for (int i = 35; i < 60; i += 5) {
      assertThat(counter.tryAcquire("k")).as("after %s s", i).isFalse();
      ticker.advance(Duration.ofSeconds(5));
    }
  }

  /** resilience4j/resilience4j#822: concurrent reservations shared one later period. */
  @Test
  void reservationsAhead_areSpreadOverTheFollowingPeriods() {
    RateLimiter<String> limiter = bucket(Limit.of(3, Duration.ofSeconds(10)).burst(29));
    for (int i = 0; i < 30; i++) {
      Duration delay = limiter.reserve("k", 1, LONGEST).decision().delay();
      assertThat(delay.toMillis()).isBetween(i * 10_000L / 3 - 1, i * 10_000L / 3 + 1);
    }
  }

  /** resilience4j/resilience4j#2489: a lower limit ended the refill for ever. */
  @Test
  void limitLoweredBelowTheAvailablePermits_stillRefills() {
    WindowCounter<String> counter =
        WindowCounter.<String>builder().fixed(Limit.perSecond(50)).ticker(ticker).build();
    counter.tryAcquireUpTo("k", 10);
    counter.reconfigure(Limit.perSecond(2));
    for (int second = 0; second < 3; second++) {
      ticker.advance(Duration.ofMillis(1001));
      assertThat(counter.tryAcquireUpTo("k", 100)).isEqualTo(2);
    }
  }

  /** google/guava#1622: the longest timeout overflowed, and nothing was acquired. */
  @Test
  void longestTimeout_isNoNegativeOne() {
    RateLimiter<String> limiter = bucket(Limit.perSecond(1).burst(1));
    assertThat(limiter.reserve("k", 1, LONGEST).admitted()).isTrue();
    Decision second = limiter.reserve("k", 1, LONGEST).decision();
    assertThat(second.delay()).isEqualTo(Duration.ofSeconds(1));
  }

  /** google/guava#7130: a request for 5000 permits at 5 per second passed at once. */
  @Test
  void hugeCost_withoutBorrowing_isNotAdmittedInAdvance() {
    RateLimiter<String> limiter = bucket(Limit.perSecond(5).burst(4).nodelay());
    assertThat(limiter.reserve("k", 5000, Duration.ZERO).admitted()).isFalse();
    assertThat(limiter.tryAcquire("k")).as("nothing was taken").isTrue();
  }

  /** apache/pulsar#15305: a rejected cost was counted, and a cost was compared without the rest. */
  @Test
  void rejectedCost_isNotCounted() {
    WindowCounter<String> counter =
        WindowCounter.<String>builder().fixed(Limit.perSecond(10)).ticker(ticker).build();
    assertThat(counter.decide("k", 7)).isZero();
    assertThat(counter.decide("k", 7)).isNegative();
    assertThat(counter.decide("k", 3)).isZero();
  }

  /** alibaba/Sentinel#462: a rate of 0 admitted requests after some retries. */
  @Test
  void blockedLimit_manyRetries_admitsNone() {
    RateLimiter<String> limiter = bucket(Limit.blocked());
    for (int i = 0; i < 1000; i++) {
      assertThat(limiter.check("k", 1).outcome()).isEqualTo(Decision.Outcome.IMPOSSIBLE);
      assertThat(limiter.check("k", 0).admitted()).isFalse();
      ticker.advance(Duration.ofDays(1));
    }
  }

  /** alibaba/Sentinel#3366: threads at the end of a period admitted more than the quota. */
  @Test
  void threadsAtTheEndOfAPeriod_admitTheQuotaOnly() throws Exception {
    WindowCounter<String> counter =
        WindowCounter.<String>builder().sliding(Limit.perSecond(2)).ticker(ticker).build();
    for (int round = 0; round < 50; round++) {
      ticker.advance(Duration.ofMillis(1100));
      assertThat(raced(() -> counter.tryAcquire("k") ? 1 : 0)).isEqualTo(2);
    }
  }

  /**
   * alibaba/Sentinel#3436, Netflix/concurrency-limits#140 and #234: the check and the increment of
   * the number of concurrent requests were separate steps.
   */
  @Test
  void concurrentRequests_race_neverMoreThanMax() throws Exception {
    ConcurrencyLimiter<String> limiter = ConcurrencyLimiter.<String>builder().max(3).build();
    for (int round = 0; round < 50; round++) {
      var held = new ArrayList<ConcurrencyPermit>();
      int granted =
          raced(() -> {
            Optional<ConcurrencyPermit> permit = limiter.tryAcquire("k");
            synchronized (held) {
              permit.ifPresent(held::add);
            }
            return permit.isPresent() ? 1 : 0;
          });
      assertThat(granted).isEqualTo(3);
      held.forEach(ConcurrencyPermit::close);
    }
  }

  private static int raced(Callable<Integer> call) throws Exception {
    int threads = 8;
    var start = new CountDownLatch(threads);
    var pool = Executors.newFixedThreadPool(threads);
    try {
      var results = new ArrayList<Future<Integer>>();
      for (int i = 0; i < threads; i++) {
        results.add(
            pool.submit(() -> {
              start.countDown();
              start.await();
              return call.call();
            }));
      }
      int sum = 0;
      for (Future<Integer> result : results) {
        sum += result.get();
      }
      return sum;
    } finally {
      pool.shutdown();
    }
  }

  /** redisson/redisson#7329 and #7342: taking and releasing one permit minted or lost others. */
  @Test
  void reserveAndCancel_forHours_neitherMintsNorLosesPermits() {
    RateLimiter<String> limiter = bucket(Limit.perSecond(10).burst(9).nodelay());
    for (int i = 0; i < 100_000; i++) {
      limiter.reserve("k", 1, Duration.ZERO).cancel();
      ticker.advance(Duration.ofMillis(100));
      assertThat(limiter.peek("k", 1).remaining()).isEqualTo(9);
    }
    assertThat(limiter.tryAcquireUpTo("k", 100)).isEqualTo(10);
  }
}
