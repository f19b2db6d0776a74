// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ReconfigureTest {
  private final ManualTicker ticker = new ManualTicker();

  private LeakyBucket single(Limit limit) {
    return LeakyBucket.builder().limit(limit).ticker(ticker).build();
  }

  private KeyedLeakyBucket<Integer> keyed(Limit limit) {
    return KeyedLeakyBucket.<Integer>builder().limit(limit).ticker(ticker).maxKeys(64).build();
  }

  @Test
  void reconfigure_otherRate_keepsBacklogInRequests() {
    LeakyBucket one = single(Limit.perSecond(10).burst(5));
    KeyedLeakyBucket<Integer> many = keyed(Limit.perSecond(10).burst(5));
    one.decide(4);
    many.decide(7, 4);
    one.reconfigure(Limit.perSecond(1).burst(5));
    many.reconfigure(Limit.perSecond(1).burst(5));
    Duration four = Duration.ofSeconds(4);
    assertThat(one.check(1).delay()).isEqualTo(four);
    assertThat(many.check(7, 1).delay()).isEqualTo(four);
    assertThat(many.check(8, 1).delay()).isZero();
    ticker.advance(Duration.ofSeconds(1));
    assertThat(one.check(1).delay()).isEqualTo(four);
    assertThat(many.check(7, 1).delay()).isEqualTo(four);
    one.reconfigure(Limit.perSecond(100).burst(5));
    many.reconfigure(Limit.perSecond(100).burst(5));
    ticker.advance(Duration.ofMillis(10));
    assertThat(one.check(1).delay()).isEqualTo(Duration.ofMillis(40));
    assertThat(many.check(7, 1).delay()).isEqualTo(Duration.ofMillis(40));
  }

  @Test
  void reconfigure_smallerBurst_drainsTheOldBacklogFirst() {
    LeakyBucket one = single(Limit.perSecond(10).burst(5));
    KeyedLeakyBucket<Integer> many = keyed(Limit.perSecond(10).burst(5));
    one.decide(5);
    many.decide(7, 5);
    one.reconfigure(Limit.perSecond(10).burst(2));
    many.reconfigure(Limit.perSecond(10).burst(2));
    ticker.advance(Duration.ofMillis(100));
    assertThat(one.decide(1)).isEqualTo(-Duration.ofMillis(200).toNanos());
    assertThat(many.decide(7, 1)).isEqualTo(-Duration.ofMillis(200).toNanos());
    ticker.advance(Duration.ofMillis(200));
    assertThat(one.check(1).delay()).isEqualTo(Duration.ofMillis(200));
    assertThat(many.check(7, 1).delay()).isEqualTo(Duration.ofMillis(200));
  }

  @Test
  void reconfigure_inDebt_keepsTheDebtInRequests() {
    LeakyBucket one = single(Limit.perSecond(10).burst(5));
    KeyedLeakyBucket<Integer> many = keyed(Limit.perSecond(10).burst(5));
    one.charge(1000);
    many.charge(7, 1000);
    one.reconfigure(Limit.perSecond(1).burst(2));
    many.reconfigure(Limit.perSecond(1).burst(2));
    assertThat(one.peek(1).retryAfter()).isEqualTo(Duration.ofSeconds(998));
    assertThat(many.peek(7, 1).retryAfter()).isEqualTo(Duration.ofSeconds(998));
    one.reconfigure(Limit.perSecond(100).burst(2));
    many.reconfigure(Limit.perSecond(100).burst(2));
    assertThat(one.charge(10).resetAfter()).isEqualTo(Duration.ofMillis(10_100));
    assertThat(many.charge(7, 10).resetAfter()).isEqualTo(Duration.ofMillis(10_100));
  }

  @Test
  void reconfigure_reservationMadeBefore_refundsNothing() {
    LeakyBucket one = single(Limit.perSecond(10).burst(5));
    Reservation reservation = one.asLimiter().reserve("k", 3, Duration.ofDays(1));
    one.reconfigure(Limit.perSecond(5).burst(5));
    reservation.cancel();
    assertThat(one.check(1).delay()).isEqualTo(Duration.ofMillis(600));
  }

  @Test
  void reconfigure_badLimit_changesNothing() {
    LeakyBucket one = single(Limit.perSecond(10).burst(5));
    Limit endless = Limit.of(1, Duration.ofDays(365)).burst(1_000_000_000);
    assertThatThrownBy(() -> one.reconfigure(endless))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("drains within 73 years");
    assertThat(one.limit()).isEqualTo(Limit.perSecond(10).burst(5));
  }

  @Test
  void reconfigure_underLoad_admitsExactlyTheBurst() throws Exception {
    LeakyBucket one = single(Limit.perSecond(1000).burst(4999).nodelay());
    KeyedLeakyBucket<Integer> many = keyed(Limit.perSecond(1000).burst(4999).nodelay());
    var admittedByOne = new AtomicLong();
    var admittedByMany = new AtomicLong();
    var start = new CountDownLatch(1);
    var pool = Executors.newFixedThreadPool(3);
    for (int i = 0; i < 3; i++) {
      pool.execute(() -> {
        try {
          start.await();
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
        for (int n = 0; n < 4000; n++) {
          admittedByOne.addAndGet(one.tryAcquire() ? 1 : 0);
          admittedByMany.addAndGet(many.tryAcquire(7) ? 1 : 0);
        }
      });
    }
    start.countDown();
    for (int n = 1; n <= 100; n++) { // the clock is frozen, so only the burst counts
      one.reconfigure(Limit.perSecond(1000L * n).burst(4999).nodelay());
      many.reconfigure(Limit.perSecond(1000L * n).burst(4999).nodelay());
    }
    pool.shutdown();
    assertThat(pool.awaitTermination(30, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
    // Each change rounds a backlog up to a unit, which can cost a permit but never grant one.
    assertThat(admittedByOne.get()).isBetween(4999L, 5000L);
    assertThat(admittedByMany.get()).isBetween(4999L, 5000L);
  }

  @Test
  void restore_backlogOfBefore_isAsFull() {
    LeakyBucket old = single(Limit.perSecond(3).burst(9));
    old.decide(7);
    LeakyBucket fresh = single(Limit.perSecond(3).burst(9));
    fresh.restore(old.backlog());
    assertThat(fresh.peek(1)).isEqualTo(old.peek(1));
    fresh.restore(Duration.ZERO);
    assertThat(fresh.peek(1)).as("restoring never empties").isEqualTo(old.peek(1));
    fresh.restore(Duration.ofDays(1_000_000));
    assertThat(fresh.peek(1).resetAfter()).isLessThanOrEqualTo(Duration.ofNanos(3_333_333_334L));
    assertThatThrownBy(() -> fresh.restore(Duration.ofNanos(-1)))
        .hasMessage("backlog: PT-0.000000001S (expected: >= 0)");
  }

  @Test
  void limits_tiers_eachKeyHasItsOwn() {
    Limit paid = Limit.perSecond(1_500_000_000 / 2).burst(9).nodelay();
    KeyedLeakyBucket<Integer> tiers =
        KeyedLeakyBucket.<Integer>builder()
            .limit(Limit.of(1, Duration.ofDays(1)))
            .limits(key ->
                switch (key) {
                  case 1 -> paid;
                  case 2 -> Limit.unlimited();
                  case 3 -> Limit.blocked();
                  default -> null;
                })
            .ticker(ticker)
            .maxKeys(4)
            .build();
    assertThat(tiers.decide(0, 1)).isZero();
    assertThat(tiers.decide(0, 1)).isEqualTo(-Duration.ofDays(1).toNanos());
    assertThat(tiers.decide(1, 10)).isZero();
    assertThat(tiers.check(1, 1).limit()).isEqualTo(paid);
    assertThat(tiers.decide(2, Long.MAX_VALUE)).isZero();
    assertThat(tiers.decide(2, 1)).isZero();
    assertThat(tiers.decide(3, 1)).isEqualTo(RateLimiter.IMPOSSIBLE);
  }
}
