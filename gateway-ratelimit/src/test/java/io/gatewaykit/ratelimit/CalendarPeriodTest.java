// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CalendarPeriodTest {
  @Test
  void start_clocksGoBackByHalfAnHour_theHourIsLonger() {
    var hours = new CalendarPeriod(ChronoUnit.HOURS, ZoneId.of("Australia/Lord_Howe"));
    Instant now = Instant.parse("2026-04-04T14:10:00Z");
    assertThat(hours.start(now, 0)).isEqualTo("2026-04-04T14:00:00Z");
    assertThat(hours.start(now, 1)).isEqualTo("2026-04-04T15:30:00Z");
    assertThat(hours.start(now, 2)).isEqualTo("2026-04-04T16:30:00Z");
    assertThat(hours.start(Instant.parse("2026-10-03T16:10:00Z"), -1))
        .as("clocks went forward")
        .isEqualTo("2026-10-03T15:30:00Z");
  }

  @ParameterizedTest
  @EnumSource(names = {"HOURS", "DAYS", "WEEKS", "MONTHS", "YEARS"})
  void start_anyZoneAndTime_periodsAreAdjacent(ChronoUnit unit) {
    var random = new SplittableRandom(9);
    for (String zone : ZoneId.getAvailableZoneIds()) {
      var period = new CalendarPeriod(unit, ZoneId.of(zone));
      for (int i = 0; i < 20; i++) {
        assertAdjacent(period, Instant.ofEpochSecond(random.nextLong(946_684_800, 2_145_916_800)));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"Australia/Lord_Howe", "Europe/Berlin", "America/Havana", "Antarctica/Troll"})
  void start_everyQuarterOfAnHourOfAYear_periodsAreAdjacent(String zone) {
    Instant first = Instant.parse("2026-01-01T00:05:00Z");
    for (ChronoUnit unit : new ChronoUnit[] {ChronoUnit.HOURS, ChronoUnit.DAYS}) {
      var period = new CalendarPeriod(unit, ZoneId.of(zone));
      for (int i = 0; i < 365 * 96; i++) {
        assertAdjacent(period, first.plusSeconds(900L * i));
      }
    }
  }

  private static void assertAdjacent(CalendarPeriod period, Instant now) {
    Instant start = period.start(now, 0);
    Instant end = period.start(now, 1);
    Instant before = period.start(now, -1);
    boolean adjacent =
        !start.isAfter(now)
            && end.isAfter(now)
            && before.isBefore(start)
            && period.start(end, 0).equals(end)
            && period.start(end.minusNanos(1), 0).equals(start)
            && period.start(before, 1).equals(start);
    assertThat(adjacent).as("%s at %s", period, now).isTrue();
  }
}
