// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.gatewaykit.api.ManualTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bugs of other limiters, one test each. */
class PeerBugsTest {
  private final ManualTicker ticker = new ManualTicker(Long.MIN_VALUE + 7);

  private LeakyBucket single(Limit limit) {
    return LeakyBucket.builder().limit(limit).ticker(ticker).build();
  }

  private KeyedLeakyBucket<Object> keyed(Limit limit, int maxKeys) {
    return KeyedLeakyBucket.builder().limit(limit).ticker(ticker).maxKeys(maxKeys).build();
  }

  static Stream<Limit> rates() {
    return Stream.of(
        Limit.of(1, Duration.ofDays(1)),
        Limit.of(7, Duration.ofMinutes(1)),
        Limit.perSecond(3),
        Limit.perSecond(7777),
        Limit.perSecond(1_500_000),
        Limit.perSecond(700_000_001),
        Limit.perSecond(1_000_000_000));
  }

  @ParameterizedTest
  @MethodSource("rates")
  void longIdle_neverOverflows(Limit limit) {
    for (long idle :
        new long[] {0, 1, Duration.ofHours(3).toNanos(), 1L << 43, 1L << 44, 1L << 62}) {
      LeakyBucket one = single(limit.burst(5).nodelay());
      KeyedLeakyBucket<Object> many = keyed(limit.burst(5).nodelay(), 8);
      assertThat(one.decide(6)).isZero();
      assertThat(many.decide("k", 6)).isZero();
      long drain = one.check(1).resetAfter().toNanos();
      ticker.advanceNanos(Math.max(idle, drain));
      assertThat(one.decide(6)).as("idle for %s ns", idle).isZero();
      assertThat(one.decide(1)).isNegative();
      assertThat(many.decide("k", 6)).as("idle for %s ns", idle).isZero();
      assertThat(many.decide("k", 1)).isNegative();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {12, 13, Integer.MAX_VALUE, Long.MAX_VALUE / 2, Long.MAX_VALUE})
  void hugeCost_isNeverGranted(long cost) {
    for (Limit limit :
        List.of(Limit.of(1, Duration.ofDays(1)).burst(10), Limit.perSecond(7).burst(10))) {
      assertThat(single(limit).decide(cost)).isEqualTo(RateLimiter.IMPOSSIBLE);
      assertThat(keyed(limit, 8).decide("k", cost)).isEqualTo(RateLimiter.IMPOSSIBLE);
      assertThat(single(limit.borrow(1)).decide(13)).isEqualTo(RateLimiter.IMPOSSIBLE);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE})
  void costBelowZero_isRejectedByName(long cost) {
    assertThatThrownBy(() -> single(Limit.perSecond(1)).decide(cost))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("cost: " + cost + " (expected: >= 0)");
    assertThatThrownBy(() -> keyed(Limit.perSecond(1), 8).check("k", cost))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void zeroOrNegativeRate_isRejectedByName() {
    assertThatThrownBy(() -> Limit.perSecond(0)).hasMessageContaining("permits: 0 (expected: 1..");
    assertThatThrownBy(() -> Limit.perSecond(-1))
        .hasMessageContaining("permits: -1 (expected: 1..");
    assertThatThrownBy(() -> Limit.perSecond(1_000_000_001)).hasMessageContaining("1..1000000000)");
    assertThatThrownBy(() -> Limit.of(1, Duration.ZERO)).hasMessageContaining("per: PT0S");
    assertThatThrownBy(() -> Limit.perSecond(1).burst(-1)).hasMessageContaining("burst: -1");
  }

  @ParameterizedTest
  @MethodSource("rates")
  void rate_overManyRequests_isExactToAMillionth(Limit limit) {
    long many = limit.rate() < 1 ? 10_000 : 1_000_000;
    LeakyBucket bucket = single(limit.burst(many).nodelay());
    assertThat(bucket.decide(many + 1)).isZero();
    long wait = -bucket.decide(many);
    double exact = many / limit.rate() * 1e9;
    assertThat(wait / exact).isCloseTo(1, within(1.1e-6 + 1 / exact));
    ticker.advanceNanos(wait);
    assertThat(bucket.decide(many)).isZero();
  }

  @Test
  void rate_overHours_doesNotDrift() {
    LeakyBucket bucket = single(Limit.perSecond(1000));
    long admitted = 0;
    for (int second = 0; second < 3000; second++) {
      for (int i = 0; i < 1000; i++) {
        admitted += bucket.tryAcquire() ? 1 : 0;
        ticker.advance(Duration.ofMillis(1));
      }
    }
    assertThat(admitted).isEqualTo(3_000_000);
  }

  @Test
  void reportedWait_isSufficient() {
    LeakyBucket bucket = single(Limit.perSecond(3));
    bucket.decide(1);
    long wait = -bucket.decide(1);
    ticker.advanceNanos(wait);
    assertThat(bucket.tryAcquire()).isTrue();
  }

  @Test
  void burstAfterIdle_isTheBurstAndNoMore() {
    LeakyBucket bucket = single(Limit.perSecond(1).burst(4).nodelay());
    ticker.advance(Duration.ofDays(400));
    assertThat(LongStream.range(0, 100).filter(i -> bucket.tryAcquire()).count()).isEqualTo(5);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 1_000_000, 3_000_000_000L, 86_400_000_000_000L})
  void clockBack_neitherAdmitsMoreNorLocksOutForLongerThanADrain(long step) {
    LeakyBucket one = single(Limit.perSecond(1).burst(2).nodelay());
    KeyedLeakyBucket<Object> many = keyed(Limit.perSecond(1).burst(2).nodelay(), 8);
    one.decide(3);
    many.decide("k", 3);
    ticker.advanceNanos(-step);
    assertThat(one.tryAcquire() || many.tryAcquire("k")).isFalse();
    ticker.advance(Duration.ofSeconds(3));
    assertThat(one.decide(3)).isZero();
    assertThat(many.decide("k", 3)).isZero();
  }

  @Test
  void clockForward_givesOneBurstAtMost() {
    LeakyBucket bucket = single(Limit.perSecond(1).burst(2).nodelay());
    bucket.decide(3);
    ticker.advance(Duration.ofDays(40_000));
    assertThat(bucket.decide(3)).isZero();
    assertThat(bucket.tryAcquire()).isFalse();
  }

  @Test
  void manyThreads_clockIsStopped_admitExactlyTheBurst() throws Exception {
    LeakyBucket one = single(Limit.perSecond(1).burst(999).nodelay());
    KeyedLeakyBucket<Object> many = keyed(Limit.perSecond(1).burst(999).nodelay(), 8);
    var pool = Executors.newFixedThreadPool(8);
    var tasks = new ArrayList<Future<Long>>();
    for (int t = 0; t < 8; t++) {
      tasks.add(
          pool.submit(() ->
              LongStream.range(0, 1000).filter(i -> one.tryAcquire()).count()
                  + 1_000_000
                      * LongStream.range(0, 1000).filter(i -> many.tryAcquire("k")).count()));
    }
    long admitted = 0;
    for (Future<Long> task : tasks) {
      admitted += task.get();
    }
    pool.shutdown();
    assertThat(admitted).isEqualTo(1000 * 1_000_001L);
  }

  @Test
  void floodOfKeys_doesNotFreeAThrottledOne() {
    KeyedLeakyBucket<Object> many = keyed(Limit.perSecond(1).burst(2).nodelay(), 1000);
    assertThat(many.decide("victim", 3)).isZero();
    for (int i = 0; i < 50_000; i++) {
      many.tryAcquire(i);
      if (i % 1000 == 0) {
        assertThat(many.tryAcquire("victim")).isFalse();
      }
    }
    assertThat(many.overflows()).isPositive();
  }

  @Test
  void slowLimit_isNotForgottenBeforeItsDebtIsPaid() {
    KeyedLeakyBucket<Object> many = keyed(Limit.of(1, Duration.ofSeconds(10)), 8);
    many.tryAcquire("k");
    ticker.advanceNanos(Duration.ofSeconds(10).toNanos() - 1);
    assertThat(many.tryAcquire("k")).isFalse();
    ticker.advanceNanos(1);
    assertThat(many.tryAcquire("k")).isTrue();
  }

  @Test
  void emptyAndHugeKeys_workAndNullIsRejected() {
    KeyedLeakyBucket<Object> many = keyed(Limit.perSecond(1), 100);
    assertThat(many.tryAcquire("")).isTrue();
    assertThat(many.tryAcquire("x".repeat(65_536))).isTrue();
    assertThat(many.tryAcquire("x".repeat(65_535) + "y")).isTrue();
    assertThat(many.tryAcquire(List.of("a", 1))).isTrue();
    assertThat(many.tryAcquire(List.of("a", 2))).isTrue();
    assertThat(many.tryAcquire(List.of("a", 1))).isFalse();
    assertThatThrownBy(() -> many.tryAcquire(nothing()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("key: null (expected: a key)");
  }

  @SuppressWarnings("NullAway") // an argument that callers without null checks can pass
  private static Object nothing() {
    return null;
  }

  /** Full run: {@code -Dgatewaykit.distinctKeys=100000000}. */
  @Test
  void distinctKeys_withoutEnd_takeNoMemory() {
    long keys = Long.getLong("gatewaykit.distinctKeys", 2_000_000);
    KeyedLeakyBucket<Long> many =
        KeyedLeakyBucket.<Long>builder()
            .limit(Limit.perSecond(1).burst(1).nodelay())
            .ticker(ticker)
            .maxKeys(100_000)
            .build();
    many.decide(-1L, 2);
    long before = liveHeap();
    for (long key = 0; key < keys; key++) {
      many.decide(key, 2);
    }
    assertThat(liveHeap() - before).as("bytes").isLessThan(2L << 20);
    assertThat(many.tryAcquire(-1L)).as("a throttled key stays so").isFalse();
    assertThat(many.overflows()).isGreaterThan(keys - 200_000);
  }

  private static long liveHeap() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  @Test
  void keysOfOneHashCode_haveBucketsOfTheirOwn() {
    KeyedLeakyBucket<Object> many = keyed(Limit.perSecond(1), 10_000);
    long admitted = 0;
    for (int i = 0; i < 1 << 10; i++) { // each bit "Aa" or "BB", whose hash codes are equal
      var key = new StringBuilder();
      for (int bit = 0; bit < 10; bit++) {
        key.append((i >> bit & 1) == 0 ? "Aa" : "BB");
      }
      admitted += many.tryAcquire(key.toString()) ? 1 : 0;
    }
    assertThat(admitted).isEqualTo(1 << 10);
    assertThat(many.overflows()).isZero();
  }

  @Test
  void longestTimeout_doesNotOverflow() throws Exception {
    RateLimiter<String> limiter = single(Limit.perSecond(1)).asLimiter();
    Duration longest = Duration.ofSeconds(Long.MAX_VALUE);
    assertThat(limiter.acquire("k", 1, longest).admitted()).isTrue();
    assertThat(limiter.reserve("k", 1, longest).decision().retryAfter())
        .isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void doomedWait_returnsImmediately() throws Exception {
    RateLimiter<String> limiter = single(Limit.perSecond(1)).asLimiter();
    limiter.decide("k", 1); // on this ticker, any wait would be endless
    assertThat(limiter.acquire("k", 1, Duration.ofMillis(999)).admitted()).isFalse();
  }

  @Test
  void borrowedThenIdle_debtIsPaidOnceAndCreditNeverGrows() {
    LeakyBucket bucket = single(Limit.perSecond(10).burst(1).nodelay().borrow(20));
    assertThat(bucket.decide(22)).isZero();
    ticker.advance(Duration.ofDays(365));
    assertThat(bucket.decide(22)).isZero();
    assertThat(bucket.tryAcquire()).isFalse();
  }
}
