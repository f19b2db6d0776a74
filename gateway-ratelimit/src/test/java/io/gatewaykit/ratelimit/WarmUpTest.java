// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gatewaykit.api.ManualTicker;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class WarmUpTest {
  private final ManualTicker ticker = new ManualTicker();

  private LeakyBucket bucket(Limit limit) {
    return LeakyBucket.builder()
        .limit(limit)
        .warmUp(Duration.ofSeconds(16), 4)
        .ticker(ticker)
        .build();
  }

  @Test
  void warmUp_rateRisesAndCoolsDownWhenIdle() {
    LeakyBucket bucket =
        LeakyBucket.builder()
            .limit(Limit.perSecond(100))
            .warmUp(Duration.ofSeconds(16), 4)
            .ticker(ticker)
            .build();
    assertThat(admittedInOneSecond(bucket)).isEqualTo(25);
    long total = 25;
    for (int second = 1; second < 16; second++) {
      total += admittedInOneSecond(bucket);
    }
    assertThat(total).as("the mean of 25 and 100, for 16 s").isBetween(900L, 1010L);
    assertThat(admittedInOneSecond(bucket)).isEqualTo(100);
    ticker.advance(Duration.ofSeconds(15));
    assertThat(admittedInOneSecond(bucket)).as("still warm").isEqualTo(100);
    ticker.advance(Duration.ofSeconds(17));
    assertThat(admittedInOneSecond(bucket)).as("cold again").isEqualTo(25);
  }

  private long admittedInOneSecond(LeakyBucket bucket) {
    long admitted = 0;
    for (int ms = 0; ms < 1000; ms++) {
      admitted += bucket.tryAcquire() ? 1 : 0;
      ticker.advance(Duration.ofMillis(1));
    }
    return admitted;
  }

  @Test
  void idleForSeveralSteps_drainsAtTheRateOfEach() {
    Limit limit = Limit.perSecond(100).burst(299).nodelay();
    LeakyBucket idle = bucket(limit);
    LeakyBucket busy = bucket(limit);
    assertThat(idle.decide(300)).isZero();
    assertThat(busy.decide(300)).isZero();
    for (int ms = 0; ms < 5500; ms++) {
      ticker.advance(Duration.ofMillis(1));
      busy.peek(1);
    }
    long drained = busy.tryAcquireUpTo(1000);
    assertThat(drained).as("25 to 48 a second").isBetween(180L, 210L);
    assertThat(idle.tryAcquireUpTo(1000)).isCloseTo(drained, within(1L));
    ticker.advance(Duration.ofSeconds(11));
    assertThat(idle.tryAcquireUpTo(1000)).as("all, at the higher rates").isEqualTo(300);
  }

  @Test
  void emptyDuringTheWarmUp_coolsDown() {
    LeakyBucket bucket = bucket(Limit.perSecond(100));
    ticker.advance(Duration.ofSeconds(3));
    assertThat(bucket.tryAcquire()).isTrue();
    ticker.advance(Duration.ofHours(1));
    assertThat(admittedInOneSecond(bucket)).isEqualTo(25);
  }

  @Test
  void emptyForLessThanTheWarmUp_staysWarm() {
    LeakyBucket bucket = bucket(Limit.perSecond(100));
    ticker.advance(Duration.ofSeconds(8));
    assertThat(bucket.tryAcquire()).isTrue();
    ticker.advance(Duration.ofSeconds(15));
    assertThat(admittedInOneSecond(bucket)).isEqualTo(100);
  }

  /** The rate rises meanwhile, so less than the reported wait can be enough. */
  @Test
  void retryAfter_duringTheWarmUp_isSufficient() {
    var random = new SplittableRandom(9);
    for (int round = 0; round < 60; round++) {
      Limit limit = Limit.of(7, Duration.ofMillis(900)).burst(random.nextInt(9));
      RateLimiter<String> limiter = bucket(limit.delayAfter(random.nextInt(9))).asLimiter();
      for (int i = 0; i < 40; i++) {
        ticker.advanceNanos(random.nextInt(400_000_000));
        long cost = 1L + random.nextInt(6);
        Duration maxDelay = Duration.ofMillis(60L * random.nextInt(14));
        Decision decision = limiter.reserve("k", cost, maxDelay).decision();
        if (decision.outcome() == Decision.Outcome.REJECTED) {
          ticker.advance(decision.retryAfter());
          assertThat(limiter.reserve("k", cost, maxDelay).admitted())
              .as("cost %s within %s: %s", cost, maxDelay, decision)
              .isTrue();
        }
      }
    }
  }
}
