// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.gatewaykit.api.ManualTicker;
import java.time.Duration;
import java.util.ArrayList;
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
public abstract class RateLimiterContract {
  private static final Limit LIMIT = Limit.perSecond(10).burst(3).nodelay();
  private static final Duration FOREVER = Duration.ofDays(1);

  /** The time of the limiter under test. */
  protected final ManualTicker ticker = new ManualTicker();

  /** For subclasses. */
  protected RateLimiterContract() {}

  /** Returns a limiter with empty buckets on {@link #ticker}. */
  protected abstract RateLimiter<String> limiter(Limit limit);

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
  void decide_refused_waitIsTheLeastSufficient() {
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
  void decide_costZero_onlyAsks() {
    RateLimiter<String> limiter = limiter(LIMIT);
    assertThat(limiter.decide("k", 0)).isZero();
    assertThat(limiter.check("k", 0).remaining()).as("as if one had been taken").isEqualTo(3);
    assertThat(limiter.decide("k", 4)).as("nothing was taken").isZero();
    assertThat(limiter.decide("k", 0)).isEqualTo(-Duration.ofMillis(100).toNanos());
    assertThat(limiter.peek("k", 0).admitted()).isFalse();
    assertThat(limiter.reserve("k", 0, FOREVER).admitted()).isFalse();
  }

  @Test
  void reserve_costZero_settlesToTheTrueCost() {
    RateLimiter<String> limiter = limiter(LIMIT);
    Reservation open = limiter.reserve("k", 0, FOREVER);
    assertThat(limiter.peek("k", 4).admitted()).isTrue();
    open.settle(3);
    assertThat(limiter.peek("k", 1).remaining()).isZero();
    assertThat(limiter.peek("k", 2).admitted()).isFalse();
    limiter.reserve("k", 0, FOREVER).cancel();
    assertThat(limiter.peek("k", 1).admitted()).as("cancelling costs nothing").isTrue();
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
  void charge_booksWhateverIsLeft_andSaysWhatIs() {
    RateLimiter<String> limiter = limiter(Limit.perSecond(1).burst(9).nodelay());
    Balance some = limiter.charge("k", 4);
    assertThat(some.unbooked()).isZero();
    assertThat(limiter.peek("k", 6).admitted()).isTrue();
    assertThat(limiter.peek("k", 7).admitted()).isFalse();
    Balance debt = limiter.charge("k", 76);
    assertThat(debt).isEqualTo(new Balance(0, Duration.ofSeconds(80), 0));
    assertThat(limiter.decide("k", 1)).isEqualTo(-Duration.ofSeconds(71).toNanos());
    assertThat(limiter.charge("k", 50)).isEqualTo(new Balance(0, Duration.ofSeconds(130), 0));
    assertThat(limiter.decide("other", 11)).as("no larger request is admitted").isNegative();
    limiter.reset("k");
    assertThat(limiter.decide("k", 10)).isZero();
  }

  @Test
  void charge_intoDebt_drainsAtTheRateAndGoesWithTheClock() {
    RateLimiter<String> limiter = limiter(Limit.perSecond(10).burst(9).nodelay());
    Reservation before = limiter.reserve("k", 10, FOREVER);
    limiter.charge("k", 990);
    before.cancel();
    assertThat(limiter.check("k", 1).retryAfter())
        .as("of 990")
        .isEqualTo(Duration.ofMillis(98_100));
    ticker.advance(Duration.ofMillis(98_099));
    assertThat(limiter.tryAcquire("k")).isFalse();
    assertThat(limiter.tryAcquire("other")).as("other keys are not affected").isTrue();
    ticker.advance(Duration.ofMillis(1));
    assertThat(limiter.tryAcquire("k")).isTrue();
    assertThat(limiter.tryAcquire("k")).isFalse();
  }

  @Test
  void charge_thenClockBack_blocksNobodyForLongerThanTheDebt() {
    RateLimiter<String> limiter = limiter(LIMIT);
    limiter.charge("k", 100);
    assertThat(limiter.decide("full", 4)).isZero();
    ticker.advance(Duration.ofHours(-1));
    assertThat(limiter.tryAcquire("k")).isFalse();
    assertThat(limiter.tryAcquire("full")).isFalse();
    ticker.advance(Duration.ofSeconds(10));
    assertThat(limiter.decide("k", 4)).isZero();
    assertThat(limiter.decide("full", 4)).isZero();
  }

  @Test
  void charge_beyondTheRange_reportsTheRestAsUnbooked() {
    RateLimiter<String> limiter = limiter(Limit.perSecond(10));
    Balance balance = limiter.charge("k", Long.MAX_VALUE);
    assertThat(balance.remaining()).isZero();
    assertThat(balance.resetAfter()).isBetween(Duration.ofDays(52), Duration.ofDays(53));
    long booked = Long.MAX_VALUE - balance.unbooked();
    assertThat(booked).isBetween(10L * 86_400 * 52, 10L * 86_400 * 53);
    assertThat(limiter.charge("k", 1).unbooked()).isEqualTo(1);
    ticker.advance(Duration.ofSeconds(100));
    assertThat(limiter.charge("k", 1200).unbooked()).isEqualTo(200);
  }

  @Test
  void reset_reservationsFromBefore_giveNothingBack() {
    RateLimiter<String> limiter = limiter(LIMIT);
    Reservation before = limiter.reserve("k", 4, FOREVER);
    limiter.reset("k");
    assertThat(limiter.decide("k", 2)).isZero();
    Reservation after = limiter.reserve("k", 2, FOREVER);
    before.cancel();
    assertThat(limiter.peek("k", 1).remaining()).isZero();
    assertThat(limiter.tryAcquire("k")).isFalse();
    after.cancel();
    assertThat(limiter.tryAcquireUpTo("k", 9)).isEqualTo(2);
  }

  @Test
  void settle_aboveTheEstimate_goesIntoTheOverdraft() {
    RateLimiter<String> limiter = limiter(Limit.perSecond(10).overdraft(1000));
    limiter.reserve("k", 1, FOREVER).settle(501);
    assertThat(limiter.check("k", 1).retryAfter()).isEqualTo(Duration.ofMillis(50_100));
    ticker.advance(Duration.ofMillis(50_100));
    assertThat(limiter.decide("k", 1)).isZero();
  }

  @Test
  void cancel_atOnce_isTheIdentityAndCountsOnce() {
    RateLimiter<String> limiter = limiter(Limit.perSecond(10).burst(5));
    limiter.decide("k", 2);
    Decision before = limiter.peek("k", 1);
    Reservation reservation = limiter.reserve("k", 3, FOREVER);
    assertThat(reservation.admitted()).isTrue();
    assertThat(reservation.cancel()).isTrue();
    assertThat(reservation.cancel()).isFalse();
    assertThat(limiter.peek("k", 1)).isEqualTo(before);
  }

  @Test
  void cancel_lastFirst_returnsAll() {
    RateLimiter<String> limiter = limiter(LIMIT);
    Reservation first = limiter.reserve("k", 2, FOREVER);
    Reservation second = limiter.reserve("k", 2, FOREVER);
    second.cancel();
    first.cancel();
    assertThat(limiter.decide("k", 4)).isZero();
  }

  @Test
  void reserve_delayTooLong_takesNothingAndTellsTheWait() {
    RateLimiter<String> limiter = limiter(Limit.perSecond(1).burst(5));
    limiter.decide("k", 3);
    Reservation reservation = limiter.reserve("k", 1, Duration.ofSeconds(1));
    assertThat(reservation.admitted()).isFalse();
    assertThat(reservation.decision().retryAfter()).isEqualTo(Duration.ofSeconds(2));
    assertThat(limiter.peek("k", 1).delay()).isEqualTo(Duration.ofSeconds(3));
    ticker.advance(Duration.ofSeconds(2));
    assertThat(limiter.reserve("k", 1, Duration.ofSeconds(1)).admitted()).isTrue();
  }

  @Test
  void settle_chargesOrReturnsTheDifference() {
    RateLimiter<String> limiter = limiter(Limit.perSecond(1).burst(9).nodelay());
    limiter.reserve("k", 4, FOREVER).settle(1);
    assertThat(limiter.peek("k", 1).remaining()).isEqualTo(8);
    limiter.reserve("k", 1, FOREVER).settle(5);
    assertThat(limiter.peek("k", 1).remaining()).isEqualTo(3);
    limiter.reserve("k", 1, FOREVER).settle(Long.MAX_VALUE);
    assertThat(limiter.peek("k", 1).resetAfter())
        .as("a charge fills the bucket at most")
        .isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void cancel_late_returnsOnlyWhatHasNotLeaked() {
    RateLimiter<String> limiter = limiter(Limit.perSecond(1).burst(4).nodelay());
    Reservation reservation = limiter.reserve("k", 3, FOREVER);
    ticker.advance(Duration.ofSeconds(2));
    limiter.decide("k", 1);
    reservation.cancel();
    assertThat(limiter.peek("k", 1).resetAfter())
        .as("the other request still counts in full")
        .isEqualTo(Duration.ofSeconds(2));
  }

  /** After any history, the level is at least that of a bucket without the cancelled requests. */
  @Test
  void cancel_anyOrder_neverEmptierThanWithoutTheRequest() {
    var random = new SplittableRandom(11);
    for (int round = 0; round < 20; round++) {
      RateLimiter<String> limiter = limiter(Limit.perSecond(10).burst(1000));
      String key = "round " + round;
      var open = new ArrayList<Reservation>();
      var kept = new ArrayList<long[]>(); // time, cost
      for (int i = 0; i < 60; i++) {
        ticker.advance(Duration.ofMillis(random.nextInt(7) * 40L));
        int cost = 1 + random.nextInt(3);
        if (open.isEmpty() || random.nextBoolean()) {
          open.add(limiter.reserve(key, cost, FOREVER));
          kept.add(new long[] {ticker.read(), cost});
        } else {
          int which = random.nextInt(open.size());
          open.remove(which).cancel();
          kept.remove(which);
        }
        long tat = 0;
        for (long[] request : kept) {
          tat = Math.max(tat, request[0]) + request[1] * 100_000_000;
        }
        assertThat(limiter.peek(key, 1).resetAfter().toNanos() - 100_000_000)
            .isGreaterThanOrEqualTo(Math.max(0, tat - ticker.read()));
      }
    }
  }

  /** After any history, the level equals that of a bucket charged with the actual costs. */
  @Test
  void settle_anyHistory_equalsTheBucketWithTheTrueCosts() {
    var random = new SplittableRandom(12);
    for (int round = 0; round < 40; round++) {
      RateLimiter<String> limiter = limiter(Limit.perSecond(10).burst(39).nodelay());
      String key = "round " + round;
      var open = new ArrayList<Reservation>();
      var openRequests = new ArrayList<long[]>();
      var history = new ArrayList<long[]>(); // time, cost, actual cost
      for (int i = 0; i < 60; i++) {
        ticker.advance(Duration.ofMillis(random.nextInt(random.nextInt(8) == 0 ? 3000 : 250)));
        if (open.size() < 12 && random.nextInt(5) < 3) {
          int cost = 1 + random.nextInt(12);
          Reservation reservation = limiter.reserve(key, cost, FOREVER);
          if (reservation.admitted()) {
            var request = new long[] {ticker.read(), cost, cost};
            history.add(request);
            open.add(reservation);
            openRequests.add(request);
          }
        } else if (!open.isEmpty()) {
          int which = random.nextInt(open.size());
          long[] request = openRequests.remove(which);
          request[2] = random.nextLong(request[1] + 1);
          open.remove(which).settle(request[2]);
        }
        long tat = Long.MIN_VALUE / 2;
        for (long[] request : history) {
          tat = request[2] == 0 ? tat : Math.max(tat, request[0]) + request[2] * 100_000_000;
        }
        Decision next = limiter.peek(key, 1);
        assertThat(next.resetAfter().toNanos() - (next.admitted() ? 100_000_000 : 0))
            .as("round %s, step %s", round, i)
            .isEqualTo(Math.max(0, tat - ticker.read()));
      }
    }
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
  void asyncMethods_answerAsTheOthers() throws Exception {
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
  void vectors_areAnsweredAsByTheOriginal(List<Vectors.Row> rows) {
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
