// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The guarantees of each kind of window, and the behaviour of a counter with many keys. */
class WindowKindsTest {
  private static final Limit TEN_A_SECOND = Limit.perSecond(10);
  private final ManualTicker ticker = new ManualTicker();

  private WindowCounterBuilder<String> builder() {
    return WindowCounter.<String>builder().ticker(ticker);
  }

  /** One request, the rest late in the window, repeated: the worst case of an estimate. */
  @Test
  void sliding_burstsAroundAWindowsEnd_neverMoreThanTheQuota() {
    for (int early = 1; early < 1000; early += 7) {
      WindowCounter<String> counter = builder().sliding(TEN_A_SECOND).build();
      counter.tryAcquire("k");
      ticker.advance(Duration.ofMillis(early));
      long admitted = counter.tryAcquireUpTo("k", 100);
      ticker.advance(Duration.ofMillis(999));
      assertThat(admitted + counter.tryAcquireUpTo("k", 100)).isLessThanOrEqualTo(10);
    }
  }

  @Test
  void sliding_anyTraffic_neverMoreThanTheQuotaAndReturnsInTime() {
    var random = new SplittableRandom(1);
    for (int trial = 0; trial < 200; trial++) {
      WindowCounter<String> counter = builder().sliding(TEN_A_SECOND).build();
      var admitted = new ArrayDeque<Long>();
      for (int i = 0; i < 150; i++) {
        ticker.advanceNanos(
            random.nextInt(4) == 0 ? random.nextInt(1_200_000_000) : random.nextInt(50_000_000));
        for (int j = random.nextInt(12); j >= 0; j--) {
          long now = ticker.read();
          if (counter.tryAcquire("k")) {
            admitted.add(now);
          } else {
            admitted.removeIf(time -> time <= now - 1_062_500_000L); // a sixteenth late
            assertThat(admitted).as("refused only if the quota is used").hasSizeGreaterThan(9);
          }
          admitted.removeIf(time -> time <= now - 1_062_500_000L);
          assertThat(admitted.stream().filter(time -> time > now - 1_000_000_000L).count())
              .isLessThanOrEqualTo(10);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"S", "F", "E"})
  void decide_rejected_waitIsTheShortestSufficient(char kind) {
    var random = new SplittableRandom(2);
    Limit limit = Limit.of(7, Duration.ofMillis(900));
    WindowCounter<String> counter =
        (switch (kind) {
              case 'S' -> builder().sliding(limit);
              case 'F' -> builder().fixed(limit);
              default -> builder().slidingEstimate(limit);
            })
            .build();
    for (int i = 0; i < 3000; i++) {
      ticker.advanceNanos(random.nextInt(300_000_000));
      long cost = 1L + random.nextInt(4);
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
  void sliding_clockStepsBack_neitherClearsNorBlocksForLongerThanAWindow() {
    WindowCounter<String> counter = builder().sliding(TEN_A_SECOND).build();
    assertThat(counter.tryAcquireUpTo("k", 100)).isEqualTo(10);
    ticker.advance(Duration.ofDays(-1));
    assertThat(counter.tryAcquire("k")).isFalse();
    ticker.advance(Duration.ofMillis(1100));
    assertThat(counter.tryAcquireUpTo("k", 100)).isEqualTo(10);
  }

  private static final class WallClock implements InstantSource {
    private Instant now;
    private int readings;

    WallClock(String now) {
      this.now = Instant.parse(now);
    }

    @Override
    public Instant instant() {
      readings++;
      return now;
    }
  }

  @Test
  void calendar_dayOfAZone_endsAtItsMidnight() {
    var clock = new WallClock("2026-03-28T22:30:00Z"); // 23:30 in Berlin, the night of 23 hours
    WindowCounter<String> counter =
        builder().calendar(3, ChronoUnit.DAYS, ZoneId.of("Europe/Berlin")).clock(clock).build();
    assertThat(counter.tryAcquireUpTo("k", 9)).isEqualTo(3);
    assertThat(counter.check("k", 1).retryAfter()).isEqualTo(Duration.ofMinutes(30));
    for (int i = 0; i < 100; i++) {
      counter.tryAcquire("k");
    }
    assertThat(clock.readings).as("once in a window").isEqualTo(1);
    step(clock, Duration.ofMinutes(30));
    assertThat(counter.tryAcquireUpTo("k", 9)).isEqualTo(3);
    assertThat(counter.check("k", 1).retryAfter()).as("spring").isEqualTo(Duration.ofHours(23));
  }

  @Test
  void calendar_monthAndWeek_beginWhereTheyShould() {
    var clock = new WallClock("2026-02-27T12:00:00Z");
    ZoneId utc = ZoneId.of("UTC");
    WindowCounter<String> month =
        builder().calendar(1, ChronoUnit.MONTHS, utc).clock(clock).build();
    WindowCounter<String> week = builder().calendar(1, ChronoUnit.WEEKS, utc).clock(clock).build();
    month.tryAcquire("k");
    week.tryAcquire("k");
    assertThat(month.check("k", 1).retryAfter()).isEqualTo(Duration.ofHours(36));
    assertThat(week.check("k", 1).retryAfter()).as("Monday").isEqualTo(Duration.ofHours(60));
    assertThatThrownBy(() -> builder().calendar(1, ChronoUnit.MINUTES, utc))
        .hasMessage("unit: Minutes (expected: HOURS, DAYS, WEEKS, MONTHS or YEARS)");
  }

  @Test
  void calendar_wallClockGoesBack_theWindowDoesNot() {
    var clock = new WallClock("2026-02-27T23:59:00Z");
    WindowCounter<String> counter =
        builder().calendar(3, ChronoUnit.DAYS, ZoneId.of("UTC")).clock(clock).build();
    counter.tryAcquireUpTo("k", 3);
    step(clock, Duration.ofMinutes(1));
    assertThat(counter.tryAcquireUpTo("k", 9)).isEqualTo(3);
    clock.now = Instant.parse("2026-02-27T23:58:00Z");
    ticker.advance(Duration.ofHours(24));
    assertThat(counter.tryAcquire("k")).as("two days have not passed by the clock").isFalse();
  }

  @Test
  void calendar_slowThreadAtTheEnd_doesNotRestoreTheOldWindow() {
    long minute = Duration.ofMinutes(1).toNanos();
    var state = new long[2];
    var other = new long[2];
    var windows = new ArrayList<CalendarWindow>();
    var instants = new ArrayDeque<String>();
    var window =
        new CalendarWindow(
            new CalendarPeriod(ChronoUnit.DAYS, ZoneId.of("UTC")),
            () -> {
              String instant = instants.remove();
              if (instant.endsWith("59:59Z")) { // another thread is faster
                windows.get(0).advance(other, 0, minute);
                windows.get(0).count(other, 0, 2);
              }
              return Instant.parse(instant);
            });
    windows.add(window);
    instants.add("2026-02-27T23:59:00Z");
    window.advance(state, 0, 0);
    window.advance(other, 0, 0);
    instants.add("2026-02-27T23:59:59Z");
    instants.add("2026-02-28T00:00:00Z");
    window.advance(state, 0, minute);
    window.advance(other, 0, minute);
    assertThat(window.counted(other, 0)).isEqualTo(2);
  }

  private void step(WallClock clock, Duration time) {
    clock.now = clock.now.plus(time);
    ticker.advance(time);
  }

  @Test
  void cancel_reservedWhileUnlimited_refundsNothing() {
    Limit day = Limit.of(5, Duration.ofDays(1));
    var unlimited = new boolean[] {true};
    WindowCounter<String> counter =
        builder().fixed(day).limits(key -> unlimited[0] ? Limit.unlimited() : null).build();
    Reservation uncounted = counter.reserve("k", 4, Duration.ZERO);
    unlimited[0] = false;
    Reservation counted = counter.reserve("k", 5, Duration.ZERO);
    uncounted.cancel();
    assertThat(counter.tryAcquire("k")).isFalse();
    unlimited[0] = true;
    counted.cancel();
    unlimited[0] = false;
    assertThat(counter.tryAcquireUpTo("k", 9)).as("it was counted, so it comes back").isEqualTo(5);
  }

  @Test
  void cancel_reservedWithoutSlot_refundsNothing() {
    WindowCounter<String> counter =
        builder()
            .calendar(5, ChronoUnit.DAYS, ZoneId.of("UTC"))
            .clock(new WallClock("2026-02-27T12:00:00Z"))
            .maxKeys(1)
            .overflow(OverflowPolicy.ALLOW)
            .build();
    Reservation other = counter.reserve("other", 1, Duration.ZERO);
    Reservation uncounted = counter.reserve("k", 5, Duration.ZERO);
    assertThat(uncounted.admitted()).isTrue();
    other.cancel();
    for (int i = 0; i < 100 && counter.liveKeys() == 0; i++) {
      counter.decide("k", 5); // until the other key's state is removed
    }
    uncounted.cancel();
    assertThat(counter.tryAcquire("k")).isFalse();
  }

  @Test
  void limits_tiers_keepTheCountWhenTheyChange() {
    var tier = new long[] {100};
    WindowCounter<String> counter =
        builder()
            .fixed(Limit.of(5, Duration.ofDays(1)))
            .limits(key -> key.startsWith("pro") ? Limit.of(tier[0], Duration.ofDays(1)) : null)
            .fixed(Limit.perSecond(1_000_000))
            .build();
    assertThat(counter.tryAcquireUpTo("free", 999)).isEqualTo(5);
    assertThat(counter.tryAcquireUpTo("pro", 999)).isEqualTo(100);
    tier[0] = 150;
    assertThat(counter.tryAcquireUpTo("pro", 999)).isEqualTo(50);
    tier[0] = 10;
    assertThat(counter.check("pro", 1).admitted()).isFalse();
    assertThat(counter.peek("pro", 1).remaining()).isZero();
  }

  @Test
  void reconfigure_keepsTheCount() {
    WindowCounter<String> counter = builder().sliding(TEN_A_SECOND).build();
    assertThat(counter.decide("k", 8)).isZero();
    counter.reconfigure(Limit.perSecond(5));
    assertThat(counter.tryAcquire("k")).isFalse();
    counter.reconfigure(Limit.perSecond(20));
    assertThat(counter.tryAcquireUpTo("k", 99)).isEqualTo(12);
    assertThatThrownBy(() -> counter.reconfigure(Limit.of(1, Duration.ofHours(1))))
        .hasMessage("limit: PT1H (expected: the length of exactly one window)");
  }

  @Test
  void settle_afterTheNextWindowStarted_changesOnlyItsOwn() {
    for (char kind : new char[] {'F', 'S'}) {
      WindowCounter<String> counter =
          (kind == 'F' ? builder().fixed(TEN_A_SECOND) : builder().sliding(TEN_A_SECOND)).build();
      Reservation early = counter.reserve("k", 1, Duration.ZERO);
      ticker.advance(Duration.ofSeconds(3));
      assertThat(counter.decide("k", 1)).isZero();
      early.settle(9);
      assertThat(counter.peek("k", 1).remaining()).isEqualTo(8);
      Reservation now = counter.reserve("k", 1, Duration.ZERO);
      now.settle(4);
      assertThat(counter.peek("k", 1).remaining()).isEqualTo(4);
      ticker.advance(Duration.ofSeconds(3));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = OverflowPolicy.class,
      names = {"SHARE", "REJECT", "ALLOW"})
  void decide_moreKeysThanSlots_byThePolicy(OverflowPolicy policy) {
    WindowCounter<String> day =
        builder().fixed(Limit.of(10, Duration.ofDays(1))).maxKeys(100).overflow(policy).build();
    for (int i = 0; i < 100; i++) {
      assertThat(day.tryAcquire("bot" + i)).isTrue();
    }
    int admitted = 0;
    for (int i = 0; i < 300; i++) {
      admitted += day.tryAcquire("customer" + i) ? 1 : 0;
    }
    assertThat(admitted)
        .isEqualTo(policy == OverflowPolicy.SHARE ? 10 : policy == OverflowPolicy.ALLOW ? 300 : 0);
    assertThat(day.overflows()).isEqualTo(300);
    assertThat(day.liveKeys()).isEqualTo(100);
  }

  @Test
  void decide_deadKeys_areForgottenAFewAtATime() {
    WindowCounter<String> counter =
        builder().fixed(Limit.perSecond(100)).maxKeys(1_000_000).build();
    for (int i = 0; i < 20_000; i++) {
      counter.tryAcquire("key" + i);
    }
    ticker.advance(Duration.ofDays(30));
    for (int i = 0; i < 200_000; i++) {
      ticker.advance(Duration.ofMillis(20));
      counter.tryAcquire("other");
    }
    assertThat(counter.held()).isLessThan(10);
  }

  @Test
  void decide_keysOfAnyLength_takeTheSameMemory() {
    WindowCounter<String> counter = builder().fixed(Limit.of(1000, Duration.ofDays(1))).build();
    String pad = "x".repeat(1_000_000);
    for (int i = 0; i < 300; i++) {
      assertThat(counter.tryAcquire(i + pad)).isTrue();
    }
    assertThat(counter.liveKeys()).isEqualTo(300);
  }
}
