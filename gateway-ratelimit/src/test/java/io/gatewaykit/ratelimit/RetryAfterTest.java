// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.ratelimit.Decision.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The reported wait is the least sufficient one, with any maximum delay: after it the same request
 * is admitted, and one nanosecond earlier it is not. An impossible request is never admitted.
 */
class RetryAfterTest {
  private final ManualTicker ticker = new ManualTicker();
  private final InstantSource clock = () -> Instant.ofEpochSecond(1_000_000_000, ticker.read());

  enum Kind {
    SINGLE,
    KEYED,
    BORROWING,
    EXACT_KEYS,
    TIER,
    RESERVED,
    WINDOWS,
    ESTIMATES,
    CALENDAR,
    COMPOSITE,
    COMPOSITE_OF_ALL,
    MONITORED
  }

  private RateLimiter<String> limiter(Kind kind, SplittableRandom random) {
    long burst = random.nextInt(9);
    Limit limit = Limit.of(7, Duration.ofMillis(900)).burst(burst).delayAfter(random.nextInt(9));
    return switch (kind) {
      case SINGLE -> single(limit).build().asLimiter();
      case KEYED -> keyed(limit).build();
      case BORROWING -> keyed(limit.borrow(5)).build();
      case EXACT_KEYS -> keyed(limit).exactKeys().build();
      case TIER -> keyed(Limit.perSecond(1)).limits(key -> limit).build();
      case RESERVED -> keyed(limit).build().withReserved(random.nextLong(burst + 1));
      case WINDOWS ->
          counter()
              .sliding(Limit.of(6, Duration.ofMillis(900)))
              .fixed(Limit.of(9, Duration.ofSeconds(2)))
              .sliding(Limit.of(20, Duration.ofSeconds(7)))
              .build();
      case ESTIMATES ->
          counter()
              .slidingEstimate(Limit.of(6, Duration.ofMillis(900)))
              .slidingEstimate(Limit.of(9, Duration.ofSeconds(2)))
              .build();
      case CALENDAR ->
          counter()
              .fixed(Limit.of(6, Duration.ofMillis(900)))
              .calendar(30, ChronoUnit.HOURS, ZoneOffset.UTC)
              .calendar(200, ChronoUnit.DAYS, ZoneOffset.ofHours(2))
              .build();
      case COMPOSITE ->
          composite(keyed(limit).build(), single(limit.burst(burst + 2)).build().asLimiter());
      case COMPOSITE_OF_ALL ->
          composite(
              composite(limiter(Kind.WINDOWS, random), limiter(Kind.KEYED, random)),
              limiter(Kind.ESTIMATES, random));
      case MONITORED -> MonitoredLimiter.of(limiter(Kind.COMPOSITE, random));
    };
  }

  private LeakyBucket.Builder single(Limit limit) {
    return LeakyBucket.builder().limit(limit).ticker(ticker);
  }

  private KeyedLeakyBucket.Builder<String> keyed(Limit limit) {
    return KeyedLeakyBucket.<String>builder().limit(limit).ticker(ticker);
  }

  private WindowCounterBuilder<String> counter() {
    return WindowCounter.<String>builder().ticker(ticker).clock(clock);
  }

  private static RateLimiter<String> composite(RateLimiter<String> a, RateLimiter<String> b) {
    return CompositeLimiter.<String>builder().add("a", a).add("b", b).build();
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void reserve_anyMaxDelay_waitIsTheLeastSufficientOrImpossible(Kind kind) {
    var random = new SplittableRandom(9);
    int rejections = 0;
    for (int round = 0; round < 60; round++) {
      RateLimiter<String> limiter = limiter(kind, random);
      for (int i = 0; i < 40; i++) {
        ticker.advanceNanos(random.nextInt(400_000_000));
        long cost = 1L + random.nextInt(6);
        Duration maxDelay =
            random.nextInt(3) == 0
                ? Duration.ofDays(1)
                : Duration.ofMillis(60L * random.nextInt(14));
        Decision decision = limiter.reserve("k", cost, maxDelay).decision();
        if (decision.outcome() == Outcome.REJECTED) {
          rejections++;
          assertThat(limiter.peek("k", cost, maxDelay).retryAfter())
              .isEqualTo(decision.retryAfter());
          ticker.advance(decision.retryAfter().minusNanos(1));
          assertThat(limiter.reserve("k", cost, maxDelay).admitted())
              .as("round %s, step %s: cost %s within %s: %s", round, i, cost, maxDelay, decision)
              .isFalse();
          ticker.advanceNanos(1);
          Decision after = limiter.reserve("k", cost, maxDelay).decision();
          assertThat(after.admitted())
              .as("round %s, step %s: cost %s within %s: %s", round, i, cost, maxDelay, decision)
              .isTrue();
          assertThat(after.delay()).isLessThanOrEqualTo(maxDelay);
        } else if (decision.outcome() == Outcome.IMPOSSIBLE) {
          ticker.advance(Duration.ofDays(3));
          assertThat(limiter.peek("k", cost, maxDelay).admitted()).isFalse();
        }
      }
    }
    assertThat(rejections).isGreaterThan(100);
  }
}
