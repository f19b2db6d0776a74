// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class WindowCounterTest {
  private final ManualTicker ticker = new ManualTicker();
  private static final Limit THREE_A_SECOND = Limit.perSecond(3);

  @Test
  void check_severalWindows_countsInAllOrNone() {
    WindowCounter<String> counter =
        WindowCounter.<String>builder()
            .fixed(THREE_A_SECOND)
            .fixed(Limit.of(4, Duration.ofMinutes(1)))
            .ticker(ticker)
            .build();
    assertThat(counter.decide("k", 3)).isZero();
    Decision rejected = counter.check("k", 2);
    assertThat(rejected.admitted()).isFalse();
    assertThat(rejected.violated("x")).containsExactly("3/PT1S", "4/PT1M");
    assertThat(rejected.remaining()).isZero();
    ticker.advance(Duration.ofMillis(1001));
    Decision minute = counter.check("k", 2);
    assertThat(minute.violated("x")).containsExactly("4/PT1M");
    assertThat(minute.retryAfter()).isEqualTo(Duration.ofNanos(58_999_000_001L));
    assertThat(counter.decide("k", 1)).as("nothing was taken by refusals").isZero();
    assertThat(counter.decide("k", 4)).isEqualTo(RateLimiter.IMPOSSIBLE);
  }

  @Test
  void check_twoWindowsOfOneLimit_decidesAsDecideAndNamesBoth() {
    Instant start = Instant.parse("2026-03-02T00:00:00Z");
    Duration day = Duration.ofDays(1);
    WindowCounter<String> counter =
        WindowCounter.<String>builder()
            .sliding(Limit.of(3, day))
            .calendar(3, ChronoUnit.DAYS, ZoneOffset.UTC)
            .clock(() -> start.plusNanos(ticker.read()))
            .ticker(ticker)
            .build();
    ticker.advance(Duration.ofHours(23));
    assertThat(counter.decide("k", 3)).isZero();
    ticker.advance(Duration.ofHours(2));
    assertThat(counter.peek("k", 1).admitted()).as("the next calendar day").isFalse();
    Decision rejected = counter.check("k", 1);
    assertThat(rejected.admitted()).isFalse();
    assertThat(rejected.parts().keySet()).containsExactly("3/PT24H", "3/PT24H#2");
    assertThat(rejected.violated("x")).containsExactly("3/PT24H");
    assertThat(counter.decide("k", 1)).isNegative();
    assertThatThrownBy(() -> counter.reconfigure(Limit.of(5, day)))
        .hasMessage("limit: PT24H (expected: the length of exactly one window)");
    counter.reconfigure(0, Limit.of(5, day));
    assertThat(counter.tryAcquireUpTo("k", 9)).as("of the sliding window").isEqualTo(2);
    assertThatThrownBy(() -> counter.reconfigure(2, Limit.of(5, day)))
        .hasMessage("window: 2 (expected: 0..1)");
    assertThatThrownBy(() -> counter.reconfigure(1, Limit.perSecond(5)))
        .hasMessage("limit: PT1S (expected: PT24H)");
  }

  @Test
  void decide_sliding_weightsThePreviousWindowEvenly() {
    WindowCounter<String> counter =
        WindowCounter.<String>builder().slidingEstimate(Limit.perSecond(10)).ticker(ticker).build();
    assertThat(counter.decide("k", 10)).isZero();
    ticker.advance(Duration.ofMillis(1500));
    assertThat(counter.decide("k", 6)).isEqualTo(-Duration.ofMillis(100).toNanos());
    assertThat(counter.decide("k", 5)).isZero();
    assertThat(counter.check("k", 1).retryAfter()).isEqualTo(Duration.ofMillis(100));
  }

  @Property(tries = 500, seed = "1")
  void decide_rejected_waitIsTheShortestSufficient(
      @ForAll boolean sliding, @ForAll @Size(max = 60) List<@IntRange(max = 2000) Integer> calls) {
    Limit limit = Limit.of(7, Duration.ofMillis(900));
    WindowCounterBuilder<String> builder = WindowCounter.<String>builder().ticker(ticker);
    WindowCounter<String> counter =
        (sliding ? builder.slidingEstimate(limit) : builder.fixed(limit)).build();
    for (int call : calls) {
      ticker.advance(Duration.ofMillis(call / 4));
      long cost = 1L + call % 4;
      long answer = counter.decide("k", cost);
      if (answer < 0) {
        ticker.advanceNanos(-answer - 1);
        assertThat(counter.peek("k", cost).admitted()).isFalse();
        ticker.advanceNanos(1);
        assertThat(counter.peek("k", cost).admitted()).isTrue();
      }
    }
  }

  @Test
  void cancel_refundsOnceAndOnlyTheRemainder() {
    WindowCounter<String> counter =
        WindowCounter.<String>builder().fixed(THREE_A_SECOND).ticker(ticker).build();
    Reservation two = counter.reserve("k", 2, Duration.ZERO);
    counter.decide("k", 1);
    two.cancel();
    two.cancel();
    assertThat(counter.peek("k", 1).remaining()).isEqualTo(1);
    Reservation late = counter.reserve("k", 2, Duration.ZERO);
    ticker.advance(Duration.ofSeconds(2));
    counter.decide("k", 3);
    late.cancel();
    assertThat(counter.decide("k", 1)).isNegative();
  }

  @Test
  void decide_moreKeysThanSlots_sharesAndNeverAddsPermits() {
    WindowCounter<Integer> counter =
        WindowCounter.<Integer>builder().fixed(THREE_A_SECOND).maxKeys(2).ticker(ticker).build();
    assertThat(counter.decide(1, 3)).isZero();
    assertThat(counter.decide(2, 3)).isZero();
    long admitted = 0;
    for (int key = 3; key < 1000; key++) {
      admitted += counter.tryAcquire(key) ? 1 : 0;
    }
    assertThat(admitted).as("all newcomers together").isEqualTo(3);
    assertThat(counter.check(1, 1).admitted()).isFalse();
    assertThat(counter.overflows()).isEqualTo(997);
    ticker.advance(Duration.ofMillis(1001));
    assertThat(counter.check(5, 1).source()).as("room again").isEqualTo(Decision.Source.LOCAL);
    assertThat(counter.check(6, 1).source()).isEqualTo(Decision.Source.LOCAL);
  }

  @Test
  void decide_clockStepsBack_neitherClearsNorBlocksForLongerThanAWindow() {
    WindowCounter<String> counter =
        WindowCounter.<String>builder().fixed(THREE_A_SECOND).ticker(ticker).build();
    counter.decide("k", 3);
    ticker.advance(Duration.ofDays(-1));
    assertThat(counter.tryAcquire("k")).isFalse();
    ticker.advance(Duration.ofMillis(1001));
    assertThat(counter.tryAcquire("k")).isTrue();
  }

  @Test
  void build_badArguments_areNamed() {
    assertThatThrownBy(() -> WindowCounter.builder().build())
        .hasMessage("windows: 0 (expected: 1..16)");
    assertThatThrownBy(() -> WindowCounter.builder().fixed(Limit.perSecond(1).burst(1)))
        .hasMessageContaining("without burst");
    assertThatThrownBy(() -> WindowCounter.builder().maxKeys(0))
        .hasMessage("maxKeys: 0 (expected: 1..100000000)");
  }
}
