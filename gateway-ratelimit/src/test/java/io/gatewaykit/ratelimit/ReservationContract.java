// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Reservations, settlements and charges of every keyed leaky bucket. */
public abstract class ReservationContract {
  private static final Limit LIMIT = Limit.perSecond(10).burst(3).nodelay();
  private static final Duration FOREVER = Duration.ofDays(1);

  /** The time of the limiter under test. */
  protected final ManualTicker ticker = new ManualTicker();

  /** For subclasses. */
  protected ReservationContract() {}

  /** Returns a limiter with empty buckets on {@link #ticker}. */
  protected abstract RateLimiter<String> limiter(Limit limit);

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
  void charge_booksTheCost_andReportsTheBalance() {
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
  void charge_intoDebt_drainsAtTheRateOfTheClock() {
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
  void charge_thenClockBack_blocksNoLongerThanTheDebt() {
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
  void reset_reservationsFromBefore_refundNothing() {
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
  void settle_aboveTheEstimate_usesTheOverdraft() {
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
  void reserve_delayTooLong_takesNothingAndReportsTheWait() {
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
}
