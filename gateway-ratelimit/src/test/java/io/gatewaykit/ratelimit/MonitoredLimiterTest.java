// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.ManualTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MonitoredLimiterTest {
  private final KeyedLeakyBucket<Integer> buckets =
      KeyedLeakyBucket.<Integer>builder()
          .limit(Limit.perSecond(1).burst(1))
          .ticker(new ManualTicker())
          .build();

  @Test
  void decide_countsByOutcomeAndNotifiesTheListener() {
    List<String> events = new ArrayList<>();
    MonitoredLimiter<Integer> limiter =
        MonitoredLimiter.of(
            buckets,
            new RateLimitListener<>() {
              @Override
              public void onAdmitted(Integer key, long cost, long delayNanos) {
                events.add(key + " +" + delayNanos);
              }

              @Override
              public void onRejected(Integer key, long cost, long retryNanos) {
                events.add(key + " -" + retryNanos);
              }
            });
    limiter.decide(1, 1);
    limiter.check(1, 1);
    limiter.reserve(1, 1, Duration.ZERO);
    limiter.decide(1, 3);
    limiter.peek(1, 1);
    assertThat(events)
        .containsExactly("1 +0", "1 +1000000000", "1 -2000000000", "1 -" + Long.MAX_VALUE);
    assertThat(
            List.of(limiter.allowed(), limiter.delayed(), limiter.rejected(), limiter.impossible()))
        .containsExactly(1L, 1L, 1L, 1L);
  }

  @Test
  void shadow_countsAndAdmitsAll() {
    MonitoredLimiter<Integer> shadow =
        MonitoredLimiter.shadow(buckets, new RateLimitListener<Integer>() {});
    assertThat(shadow.decide(1, 1)).isZero();
    assertThat(shadow.check(1, 1).outcome()).isEqualTo(Decision.Outcome.ALLOWED);
    assertThat(shadow.check(1, 9).outcome()).isEqualTo(Decision.Outcome.ALLOWED);
    Decision before = buckets.peek(1, 1);
    Reservation rejected = shadow.reserve(1, 1, Duration.ZERO);
    assertThat(rejected.admitted()).isTrue();
    assertThat(rejected.cancel()).isTrue();
    assertThat(shadow.tryAcquire(1)).isTrue();
    assertThat(shadow.peek(1, 9).admitted()).isTrue();
    assertThat(buckets.peek(1, 1)).as("refusals take nothing").isEqualTo(before);
    assertThat(shadow.reserve(2, 2, Duration.ofDays(1)).cancel()).isTrue();
    assertThat(buckets.peek(2, 2).admitted()).as("what was taken is given back").isTrue();
    assertThat(List.of(shadow.allowed(), shadow.delayed(), shadow.rejected(), shadow.impossible()))
        .containsExactly(1L, 2L, 2L, 1L);
  }

  @Test
  void listener_throws_isCountedAndHarmless() {
    MonitoredLimiter<Integer> limiter =
        MonitoredLimiter.of(
            buckets,
            new RateLimitListener<>() {
              @Override
              public void onAdmitted(Integer key, long cost, long delayNanos) {
                throw new IllegalStateException("no");
              }
            });
    assertThat(limiter.tryAcquire(1)).isTrue();
    assertThat(limiter.tryAcquire(2)).isTrue();
    assertThat(limiter.listenerFailures()).isEqualTo(2);
  }

  @Test
  void topOffenders_amongManyOthers_findsTheWorst() {
    MonitoredLimiter<Integer> limiter = MonitoredLimiter.of(buckets);
    for (int i = 0; i < 40_000; i++) {
      limiter.decide(7, 3); // impossible, and therefore always rejected
      limiter.decide(i + 1000, 3);
    }
    assertThat(limiter.topOffenders().keySet().iterator().next()).isEqualTo(7);
    assertThat(limiter.topOffenders().get(7)).isBetween(36_000L, 46_000L);
    assertThat(limiter.topOffenders()).hasSize(32);
  }

  @Test
  void coarseTicker_moves_andStopsWhenClosed() {
    try (CoarseTicker ticker = CoarseTicker.every(Duration.ofMillis(1))) {
      long start = ticker.read();
      await().until(() -> ticker.read() > start);
    }
    assertThatThrownBy(() -> CoarseTicker.every(Duration.ofNanos(1)))
        .hasMessage("period: 1 (expected: 50000..1000000000)");
  }
}
