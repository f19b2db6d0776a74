// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The behaviour of every keyed leaky bucket, wherever it stores its state. */
public abstract class RateLimiterContract extends ReservationContract {
  private static final Limit LIMIT = Limit.perSecond(10).burst(3).nodelay();
  private static final Duration FOREVER = Duration.ofDays(1);

  /** For subclasses. */
  protected RateLimiterContract() {}

  @Test
  void decide_anyCosts_equalsOneBucketForEachKey() {
    Limit limit = Limit.of(7, Duration.ofMillis(900)).burst(4).delayAfter(2);
    RateLimiter<String> limiter = limiter(limit);
    Map<Integer, LeakyBucket> apart = new HashMap<>();
    var random = new SplittableRandom(7);
    for (int i = 0; i < 2000; i++) {
      ticker.advance(Duration.ofNanos(random.nextInt(60_000_000)));
      int key = random.nextInt(10);
      long cost = 1L + random.nextInt(6);
      RateLimiter<String> own =
          apart
              .computeIfAbsent(key, k -> LeakyBucket.builder().limit(limit).ticker(ticker).build())
              .asLimiter();
      String name = "k" + key;
      switch (random.nextInt(4)) {
        case 0 -> assertThat(limiter.tryAcquire(name)).isEqualTo(own.tryAcquire(name));
        case 1 -> assertSame(limiter.check(name, cost), own.check(name, cost));
        case 2 -> assertSame(limiter.peek(name, cost), own.peek(name, cost));
        default -> assertThat(limiter.decide(name, cost)).isEqualTo(own.decide(name, cost));
      }
    }
  }

  private static void assertSame(Decision actual, Decision expected) {
    assertThat(actual).usingRecursiveComparison().ignoringFields("source").isEqualTo(expected);
  }

  @Test
  void decide_fasterThanAMillionASecond_isExact() {
    RateLimiter<String> limiter = limiter(Limit.perSecond(7_000_001).burst(1_000_000).nodelay());
    RateLimiter<String> own =
        LeakyBucket.builder()
            .limit(Limit.perSecond(7_000_001).burst(1_000_000).nodelay())
            .ticker(ticker)
            .build()
            .asLimiter();
    for (int i = 0; i < 200; i++) {
      ticker.advanceNanos(i * 37L);
      assertSame(limiter.check("k", 100_000), own.check("k", 100_000));
    }
  }

  @Test
  void decide_borrowing_emptyBucketTakesMoreAndOthersWait() {
    RateLimiter<String> limiter = limiter(Limit.perSecond(1).burst(2).nodelay().borrow(7));
    assertThat(limiter.decide("k", 11)).isEqualTo(RateLimiter.IMPOSSIBLE);
    assertThat(limiter.decide("k", 10)).isZero();
    assertThat(limiter.decide("k", 1)).isEqualTo(-Duration.ofSeconds(8).toNanos());
    assertThat(limiter.decide("k", 10)).isEqualTo(-Duration.ofSeconds(10).toNanos());
    ticker.advance(Duration.ofSeconds(10));
    assertThat(limiter.decide("k", 10)).isZero();
  }

  @Test
  void decide_rejected_waitIsTheShortestSufficient() {
    RateLimiter<String> limiter = limiter(Limit.of(7, Duration.ofSeconds(1)).burst(3));
    var random = new SplittableRandom(3);
    for (int i = 0; i < 200; i++) {
      ticker.advance(Duration.ofMillis(random.nextInt(100)));
      long cost = 1L + random.nextInt(4);
      long answer = limiter.decide("k", cost);
      if (answer < 0) {
        ticker.advanceNanos(-answer - 1);
        assertThat(limiter.peek("k", cost).admitted()).isFalse();
        ticker.advanceNanos(1);
        assertThat(limiter.peek("k", cost).admitted()).isTrue();
      }
    }
  }

  @Test
  void arguments_bad_areRejected() {
    RateLimiter<String> limiter = limiter(LIMIT);
    assertThatThrownBy(() -> limiter.decide("k", -1)).hasMessage("cost: -1 (expected: >= 0)");
    assertThatThrownBy(() -> limiter.check("k", -1)).hasMessage("cost: -1 (expected: >= 0)");
    assertThatThrownBy(() -> limiter.charge("k", -1)).hasMessage("cost: -1 (expected: >= 0)");
    assertThatThrownBy(() -> limiter.reserve("k", 1, Duration.ofNanos(-1)))
        .hasMessage("maxDelay: PT-0.000000001S (expected: >= 0)");
    assertThat(limiter.decide("k", Long.MAX_VALUE)).isEqualTo(RateLimiter.IMPOSSIBLE);
    assertThat(limiter.decide("k", 4)).as("nothing was taken").isZero();
  }

  @Test
  void decide_costZero_onlyQueries() {
    RateLimiter<String> limiter = limiter(LIMIT);
    assertThat(limiter.decide("k", 0)).isZero();
    assertThat(limiter.check("k", 0).remaining()).as("as if one had been taken").isEqualTo(3);
    assertThat(limiter.decide("k", 4)).as("nothing was taken").isZero();
    assertThat(limiter.decide("k", 0)).isEqualTo(-Duration.ofMillis(100).toNanos());
    assertThat(limiter.peek("k", 0).admitted()).isFalse();
    assertThat(limiter.reserve("k", 0, FOREVER).admitted()).isFalse();
  }

  @Test
  void reserve_shorterDelay_waitIsTheLeastSufficientOrImpossible() {
    var random = new SplittableRandom(5);
    for (int i = 0; i < 150; i++) {
      Limit limit = Limit.perSecond(10).burst(8).delayAfter(random.nextInt(9));
      RateLimiter<String> limiter = limiter(limit);
      limiter.decide("k" + i, 1 + random.nextInt(9));
      long cost = 1L + random.nextInt(9);
      Duration maxDelay = Duration.ofMillis(50L * random.nextInt(12));
      Decision said = limiter.reserve("k" + i, cost, maxDelay).decision();
      if (said.outcome() == Decision.Outcome.IMPOSSIBLE) {
        ticker.advance(Duration.ofHours(1));
        assertThat(limiter.reserve("k" + i, cost, maxDelay).admitted()).isFalse();
      } else if (!said.admitted()) {
        ticker.advance(said.retryAfter().minusNanos(ticks()));
        assertThat(limiter.reserve("k" + i, cost, maxDelay).admitted()).isFalse();
        ticker.advanceNanos(ticks());
        assertThat(limiter.reserve("k" + i, cost, maxDelay).admitted()).isTrue();
      }
    }
  }

  /** Returns the resolution of the limiter's clock in nanoseconds. */
  protected long ticks() {
    return 1;
  }

  @Test
  void tryAcquireUpTo_takesWhatNeedsNoDelay() {
    RateLimiter<String> limiter = limiter(Limit.perSecond(10).burst(9).delayAfter(5));
    assertThat(limiter.tryAcquireUpTo("k", 4)).isEqualTo(4);
    assertThat(limiter.tryAcquireUpTo("k", 100)).isEqualTo(2);
    assertThat(limiter.tryAcquireUpTo("k", 100)).isZero();
    assertThat(limiter.tryAcquireUpTo("k", 0)).isZero();
    ticker.advance(Duration.ofMillis(250));
    assertThat(limiter.tryAcquireUpTo("k", 100)).isEqualTo(2);
    assertThat(limiter.peek("k", 1).outcome()).isEqualTo(Decision.Outcome.DELAYED);
  }

  @Test
  void decide_clockBack_neitherDrainsNorBlocks() {
    RateLimiter<String> limiter = limiter(LIMIT);
    limiter.decide("k", 4);
    ticker.advance(Duration.ofHours(-1));
    assertThat(limiter.tryAcquire("k")).isFalse();
    assertThat(limiter.tryAcquire("other")).as("a new key has its burst").isTrue();
    ticker.advance(Duration.ofMillis(400));
    assertThat(limiter.decide("k", 4)).isZero();
  }

  @Test
  void specialLimits_admitAllOrNothing() {
    assertThat(limiter(Limit.unlimited()).decide("k", Long.MAX_VALUE)).isZero();
    assertThat(limiter(Limit.blocked()).decide("k", 1)).isEqualTo(RateLimiter.IMPOSSIBLE);
  }

  @Test
  void asyncMethods_matchTheOthers() throws Exception {
    RateLimiter<String> limiter = limiter(LIMIT);
    assertThat(limiter.checkAsync("k", 2).get().remaining()).isEqualTo(2);
    Reservation reservation = limiter.reserveAsync("k", 2, Duration.ZERO).get();
    assertThat(limiter.peekAsync("k", 1).get().admitted()).isFalse();
    reservation.cancel();
    assertThat(limiter.peekAsync("k", 2).get().admitted()).isTrue();
    var scheduler = Executors.newSingleThreadScheduledExecutor();
    try {
      assertThat(limiter.acquireAsync("k", 2, Duration.ZERO, scheduler).get().admitted()).isTrue();
      assertThat(limiter.acquireAsync("k", 2, Duration.ZERO, scheduler).get().admitted()).isFalse();
    } finally {
      scheduler.shutdownNow();
    }
  }

  static Stream<Named<List<Vectors.Row>>> vectors() {
    return Vectors.cases("limit-req.tsv")
        .filter(c -> c.getName().startsWith("core-") || c.getName().startsWith("edge-"))
        .filter(c -> !c.getName().equals("edge-uncommit"));
  }

  /** Call for call, the results of resty.limit.req. */
  @ParameterizedTest
  @MethodSource("io.gatewaykit.ratelimit.RateLimiterContract#vectors")
  void vectors_matchTheOriginal(List<Vectors.Row> rows) {
    Vectors.Row first = rows.get(0);
    ticker.advanceNanos(Duration.ofMillis(first.millis()).toNanos() - ticker.read());
    RateLimiter<String> limiter =
        limiter(Limit.perSecond(Long.parseLong(first.p1())).burst(Long.parseLong(first.p2())));
    for (Vectors.Row row : rows) {
      ticker.advanceNanos(Duration.ofMillis(row.millis()).toNanos() - ticker.read());
      Decision decision =
          row.op().equals("1") ? limiter.check(row.key(), 1) : limiter.peek(row.key(), 1);
      assertThat(decision.admitted()).as("%s", row).isEqualTo(row.isOk());
      if (decision.admitted()) {
        assertThat(decision.delay().toNanos() / 1e6)
            .as("%s", row)
            .isCloseTo(Double.parseDouble(row.delay()), within(2e-4));
      }
    }
  }
}
