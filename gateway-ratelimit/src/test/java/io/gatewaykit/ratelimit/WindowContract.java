// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The behaviour of every window counter, wherever it stores its counts. */
public abstract class WindowContract {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
  private static final long EPOCH = 1_000_000_000;

  /** The time of the counter under test. */
  protected final ManualTicker ticker = new ManualTicker();

  /** The wall clock of the counter under test: 2001-09-09 01:46:40 UTC at reading 0. */
  protected final InstantSource clock = () -> Instant.ofEpochSecond(EPOCH).plusNanos(ticker.read());

  /** For subclasses. */
  protected WindowContract() {}

  /** The kinds of windows, the calendar's as hours. */
  public enum Kind {
    /** Starts with the first request. */
    FIXED,
    /** Sixteen sub-windows. */
    SLIDING,
    /** Two counters. */
    ESTIMATE,
    /** An hour of UTC. */
    HOUR;

    Duration per() {
      return this == HOUR ? Duration.ofHours(1) : Duration.ofMillis(1600);
    }
  }

  /** Returns a counter with one window that is empty. */
  protected abstract RateLimiter<String> counter(Kind kind, Limit limit);

  /** Returns a counter with one calendar window that is empty. */
  protected abstract RateLimiter<String> calendar(long permits, ChronoUnit unit, ZoneId zone);

  /** Counts according to the definition, with a list of the requests and their actual costs. */
  private static final class Model {
    private final Kind kind;
    private final long per;
    private List<long[]> entries = new ArrayList<>(); // window, cost
    private boolean started;
    private long start;

    Model(Kind kind) {
      this.kind = kind;
      this.per = kind.per().toNanos();
    }

    /** Advances to a time, as each call to the counter does. */
    void advance(long now) {
      switch (kind) {
        case FIXED -> {
          if (!started || now - start > per) {
            start = now;
            started = false;
            entries.clear();
          }
        }
        case ESTIMATE -> {
          boolean idle = entries.stream().allMatch(entry -> entry[1] == 0);
          if (idle || now - start >= 2 * per) {
            entries.clear();
            start = now;
          } else if (now - start >= per) {
            start += per;
            entries.removeIf(entry -> entry[0] < start - per);
          }
        }
        case SLIDING -> {
          start = Math.floorDiv(now, per / 16);
          entries.removeIf(entry -> entry[0] < start - 16);
        }
        default -> {
          start = Math.floorDiv(EPOCH * 1_000_000_000 + now, per);
          entries.removeIf(entry -> entry[0] < start);
        }
      }
    }

    long counted(long now) {
      long sum = 0;
      long before = 0;
      for (long[] entry : entries) {
        if (kind == Kind.ESTIMATE && entry[0] < start) {
          before += entry[1];
        } else {
          sum += entry[1];
        }
      }
      long left = per - (now - start);
      return before == 0 ? sum : sum + (before * left + per - 1) / per;
    }

    long[] add(long cost) {
      var entry = new long[] {start, cost};
      started |= cost > 0;
      entries.add(entry);
      return entry;
    }

    void reset() {
      entries = new ArrayList<>(); // earlier requests are outside the new window
      started = false;
    }
  }

  /** After any history, the counter equals the actual costs, without those from before a reset. */
  @ParameterizedTest
  @EnumSource(Kind.class)
  void settle_anyHistoryWithResets_equalsTheTrueCosts(Kind kind) {
    var random = new SplittableRandom(17);
    long permits = 40;
    RateLimiter<String> counter = counter(kind, Limit.of(permits, kind.per()));
    for (int round = 0; round < 60; round++) {
      String key = "round " + round;
      var model = new Model(kind);
      var open = new ArrayList<Reservation>();
      var requests = new ArrayList<long[]>();
      for (int i = 0; i < 40; i++) {
        long pause = kind.per().toNanos() / (random.nextInt(6) == 0 ? 1 : 12);
        if (random.nextInt(3) > 0) {
          ticker.advanceNanos(random.nextLong(pause) / 1000 * 1000);
        }
        long now = ticker.read();
        model.advance(now);
        long counted = model.counted(now);
        long cost = 1L + random.nextInt(12);
        switch (random.nextInt(9)) {
          case 0 -> {
            assertThat(counter.check(key, cost).admitted()).isEqualTo(counted + cost <= permits);
            if (counted + cost <= permits) {
              model.add(cost);
            }
          }
          case 1, 2, 3 -> {
            Reservation reservation = counter.reserve(key, cost, Duration.ZERO);
            assertThat(reservation.admitted()).isEqualTo(counted + cost <= permits);
            if (reservation.admitted()) {
              open.add(reservation);
              requests.add(model.add(cost));
            }
          }
          case 4, 5, 6 -> {
            if (open.isEmpty()) {
              assertThat(counter.peek(key, cost).admitted()).isEqualTo(counted + cost <= permits);
            } else {
              int which = random.nextInt(open.size());
              long[] request = requests.remove(which);
              long actual = random.nextLong(2 * request[1] + 1);
              request[1] = actual;
              open.remove(which).settle(actual);
            }
          }
          case 7 -> {
            Balance balance = counter.charge(key, cost);
            model.add(cost);
            assertThat(balance.unbooked()).isZero();
            assertThat(balance.remaining()).isEqualTo(Math.max(0, permits - model.counted(now)));
          }
          default -> {
            counter.reset(key);
            model.reset();
          }
        }
        model.advance(now);
        Decision next = counter.peek(key, 1);
        long left = permits - model.counted(now);
        assertThat(next.admitted()).as("%s, round %s, step %s", kind, round, i).isEqualTo(left > 0);
        assertThat(next.remaining())
            .as("%s, round %s, step %s", kind, round, i)
            .isEqualTo(Math.max(0, left - 1));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void reset_reservationsFromBefore_refundNothing(Kind kind) {
    RateLimiter<String> counter = counter(kind, Limit.of(5, kind.per()));
    Reservation before = counter.reserve("k", 5, Duration.ZERO);
    counter.reset("k");
    assertThat(counter.reserve("k", 5, Duration.ZERO).admitted()).isTrue();
    before.cancel();
    assertThat(counter.tryAcquire("k")).isFalse();
    counter.reset("k");
    counter.reset("k");
    before.settle(0);
    assertThat(counter.tryAcquireUpTo("k", 9)).isEqualTo(5);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void charge_beyondTheQuota_isBookedAndNeedNotBeRepaidLater(Kind kind) {
    RateLimiter<String> counter = counter(kind, Limit.of(5, kind.per()));
    Reservation five = counter.reserve("k", 5, Duration.ZERO);
    assertThat(counter.charge("k", 20)).extracting(Balance::unbooked).isEqualTo(0L);
    five.cancel();
    assertThat(counter.tryAcquire("k")).as("20 of 5 are used").isFalse();
    assertThat(counter.peek("k", 1).remaining()).isZero();
    long range = 1L << 52;
    assertThat(counter.charge("k", Long.MAX_VALUE).unbooked())
        .isEqualTo(Long.MAX_VALUE - range + 20);
    ticker.advance(kind.per().multipliedBy(2));
    assertThat(counter.tryAcquireUpTo("k", 9)).isEqualTo(5);
  }

  @Test
  void calendar_dayOfAZone_endsAtItsMidnight() {
    ticker.advance(
        Duration.between(Instant.ofEpochSecond(EPOCH), Instant.parse("2026-03-28T22:30:00Z")));
    RateLimiter<String> counter = calendar(3, ChronoUnit.DAYS, BERLIN); // a night of 23 hours
    assertThat(counter.tryAcquireUpTo("k", 9)).isEqualTo(3);
    assertThat(counter.check("k", 1).retryAfter()).isEqualTo(Duration.ofMinutes(30));
    ticker.advance(Duration.ofMinutes(30).minusNanos(1000));
    assertThat(counter.tryAcquire("k")).isFalse();
    ticker.advanceNanos(1000);
    assertThat(counter.tryAcquireUpTo("k", 9)).isEqualTo(3);
    assertThat(counter.check("k", 1).retryAfter()).as("spring").isEqualTo(Duration.ofHours(23));
    ticker.advance(Duration.ofDays(10));
    assertThat(counter.tryAcquireUpTo("k", 9)).isEqualTo(3);
  }

  @Test
  void calendar_eachUnit_startsWhereItShould() {
    ticker.advance(
        Duration.between(Instant.ofEpochSecond(EPOCH), Instant.parse("2026-02-27T12:00:00Z")));
    ZoneId utc = ZoneId.of("UTC");
    assertThat(waitOf(ChronoUnit.HOURS, utc)).isEqualTo(Duration.ofHours(1));
    assertThat(waitOf(ChronoUnit.DAYS, utc)).isEqualTo(Duration.ofHours(12));
    assertThat(waitOf(ChronoUnit.WEEKS, utc)).as("Monday").isEqualTo(Duration.ofHours(60));
    assertThat(waitOf(ChronoUnit.MONTHS, utc)).isEqualTo(Duration.ofHours(36));
    assertThat(waitOf(ChronoUnit.YEARS, utc)).isEqualTo(Duration.ofHours(12 + 307 * 24));
    assertThat(waitOf(ChronoUnit.MONTHS, BERLIN)).isEqualTo(Duration.ofHours(35));
  }

  private Duration waitOf(ChronoUnit unit, ZoneId zone) {
    RateLimiter<String> counter = calendar(1, unit, zone);
    assertThat(counter.tryAcquire("k")).isTrue();
    return counter.check("k", 1).retryAfter();
  }

  @Test
  void calendar_clockBack_theWindowDoesNotComeBack() {
    RateLimiter<String> counter = calendar(3, ChronoUnit.HOURS, ZoneId.of("UTC"));
    assertThat(counter.tryAcquireUpTo("k", 9)).isEqualTo(3);
    ticker.advance(Duration.ofHours(1));
    assertThat(counter.tryAcquireUpTo("k", 9)).isEqualTo(3);
    ticker.advance(Duration.ofHours(-1));
    assertThat(counter.tryAcquire("k")).isFalse();
  }
}
