// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReservationTest {
  private static final Duration FOREVER = Duration.ofDays(1);
  private final ManualTicker ticker = new ManualTicker();

  static Stream<Boolean> keyed() {
    return Stream.of(true, false);
  }

  private RateLimiter<String> limiter(boolean keyed, Limit limit) {
    return keyed
        ? KeyedLeakyBucket.<String>builder().limit(limit).ticker(ticker).build()
        : LeakyBucket.builder().limit(limit).ticker(ticker).build().asLimiter();
  }

  @ParameterizedTest
  @MethodSource("keyed")
  void cancel_atOnce_isTheIdentityAndCountsOnce(boolean keyed) {
    RateLimiter<String> limiter = limiter(keyed, Limit.perSecond(7_000_001).burst(5));
    limiter.decide("k", 2);
    Decision before = limiter.peek("k", 1);
    Reservation reservation = limiter.reserve("k", 3, FOREVER);
    assertThat(reservation.admitted()).isTrue();
    assertThat(reservation.cancel()).isTrue();
    assertThat(reservation.cancel()).isFalse();
    assertThat(reservation.settle(1)).isFalse();
    assertThat(limiter.peek("k", 1)).isEqualTo(before);
  }

  @ParameterizedTest
  @MethodSource("keyed")
  void reserve_delayTooLong_takesNothingAndReportsTheWait(boolean keyed) {
    RateLimiter<String> limiter = limiter(keyed, Limit.perSecond(1).burst(5));
    limiter.decide("k", 3);
    Reservation reservation = limiter.reserve("k", 1, Duration.ofSeconds(1));
    assertThat(reservation.admitted()).isFalse();
    assertThat(reservation.decision().retryAfter()).isEqualTo(Duration.ofSeconds(2));
    assertThat(limiter.peek("k", 1).delay()).isEqualTo(Duration.ofSeconds(3));
    ticker.advance(Duration.ofSeconds(2));
    assertThat(limiter.reserve("k", 1, Duration.ofSeconds(1)).admitted()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("keyed")
  void settle_chargesOrReturnsTheDifference(boolean keyed) {
    RateLimiter<String> limiter = limiter(keyed, Limit.perSecond(1).burst(9).nodelay());
    limiter.reserve("k", 4, FOREVER).settle(1);
    assertThat(limiter.peek("k", 1).remaining()).isEqualTo(8);
    limiter.reserve("k", 1, FOREVER).settle(5);
    assertThat(limiter.peek("k", 1).remaining()).isEqualTo(3);
    limiter.reserve("k", 1, FOREVER).settle(Long.MAX_VALUE);
    assertThat(limiter.peek("k", 1).resetAfter())
        .as("a charge fills the bucket at most")
        .isEqualTo(Duration.ofSeconds(10));
    assertThatThrownBy(() -> limiter.reserve("k", 1, FOREVER).settle(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("actualCost: -1 (expected: >= 0)");
  }

  @ParameterizedTest
  @MethodSource("keyed")
  void cancel_late_returnsOnlyWhatHasNotLeaked(boolean keyed) {
    RateLimiter<String> limiter = limiter(keyed, Limit.perSecond(1).burst(4).nodelay());
    Reservation reservation = limiter.reserve("k", 3, FOREVER);
    ticker.advance(Duration.ofSeconds(2));
    limiter.decide("k", 1);
    reservation.cancel();
    assertThat(limiter.peek("k", 1).resetAfter())
        .as("the other request still counts in full")
        .isEqualTo(Duration.ofSeconds(2));
  }

  /** After any history, the level is at least that of a bucket without the cancelled requests. */
  @Property(tries = 2000, seed = "1")
  void cancel_anyOrder_neverEmptierThanWithoutTheRequest(
      @ForAll @Size(max = 40) List<@IntRange(max = 999) Integer> script, @ForAll boolean keyed) {
    Limit limit = Limit.perSecond(10).burst(1000);
    RateLimiter<String> actual = limiter(keyed, limit);
    var kept = new ArrayList<long[]>(); // time, cost
    var open = new ArrayList<Reservation>();
    var asked = new ArrayList<long[]>();
    for (int step : script) {
      ticker.advance(Duration.ofMillis(step % 7 * 40L));
      int cost = 1 + step / 7 % 3;
      if (step % 2 == 0 || open.isEmpty()) {
        open.add(actual.reserve("k", cost, FOREVER));
        asked.add(new long[] {ticker.read(), cost});
      } else {
        int which = step / 21 % open.size();
        open.remove(which).cancel();
        asked.remove(which);
      }
      kept.clear();
      kept.addAll(asked);
      long tat = 0;
      for (long[] request : kept) {
        tat = Math.max(tat, request[0]) + request[1] * 100_000_000;
      }
      assertThat(actual.peek("k", 1).resetAfter().toNanos() - 100_000_000)
          .isGreaterThanOrEqualTo(Math.max(0, tat - ticker.read()));
    }
  }

  @Test
  void decide_borrowing_emptyBucketTakesMoreAndOthersWait() {
    LeakyBucket bucket =
        LeakyBucket.builder()
            .limit(Limit.perSecond(1).burst(2).nodelay().borrow(7))
            .ticker(ticker)
            .build();
    assertThat(bucket.decide(11)).isEqualTo(RateLimiter.IMPOSSIBLE);
    assertThat(bucket.decide(10)).isZero();
    assertThat(bucket.decide(1)).isEqualTo(-Duration.ofSeconds(8).toNanos());
    assertThat(bucket.decide(10)).isEqualTo(-Duration.ofSeconds(10).toNanos());
    ticker.advance(Duration.ofSeconds(10));
    assertThat(bucket.decide(10)).isZero();
  }

  @Test
  void withReserved_lowPriority_isRejectedFirst() {
    LeakyBucket bucket =
        LeakyBucket.builder().limit(Limit.perSecond(1).burst(4).nodelay()).ticker(ticker).build();
    RateLimiter<String> bulk = bucket.withReserved(3);
    assertThat(bulk.tryAcquire("x")).isTrue();
    assertThat(bulk.tryAcquire("x")).isTrue();
    assertThat(bulk.check("x", 1).retryAfter()).isEqualTo(Duration.ofSeconds(1));
    assertThat(bulk.check("x", 1).remaining()).isZero();
    assertThat(bulk.decide("x", 3)).isEqualTo(RateLimiter.IMPOSSIBLE);
    assertThat(bucket.decide(3)).isZero();
    assertThat(bucket.tryAcquire()).isFalse();
    assertThatThrownBy(() -> bucket.withReserved(5)).hasMessage("reserved: 5 (expected: 0..4)");
  }
}
