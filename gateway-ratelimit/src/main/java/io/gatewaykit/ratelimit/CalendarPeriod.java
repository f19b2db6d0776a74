// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;

/**
 * The hours, days, weeks (from Monday), months or years of a time zone, as windows of a quota.
 * Public for limiters with other stores. Immutable.
 *
 * @param unit HOURS, DAYS, WEEKS, MONTHS or YEARS
 * @param zone the zone at whose midnights they start
 */
public record CalendarPeriod(ChronoUnit unit, ZoneId zone) {
  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if the unit is not one of these
   */
  public CalendarPeriod(ChronoUnit unit, ZoneId zone) {
    this.unit = requireNonNull(unit, "unit");
    this.zone = requireNonNull(zone, "zone");
    switch (unit) {
      case HOURS, DAYS, WEEKS, MONTHS, YEARS -> {}
      default -> throw Arguments.outside("unit", unit, "HOURS, DAYS, WEEKS, MONTHS or YEARS");
    }
  }

  /** Returns the length of a period, that of months and years as an average. */
  public Duration length() {
    return unit.getDuration();
  }

  /**
   * Returns the start of a period.
   *
   * @param instant a time
   * @param offset the number of periods after the one that contains the time; negative: before it
   */
  public Instant start(Instant instant, int offset) {
    ZonedDateTime start = startOf(instant.atZone(zone));
    for (int i = 0; i < offset; i++) {
      start = next(start);
    }
    for (int i = 0; i > offset; i--) {
      start = startOf(start.minusNanos(1));
    }
    return start.toInstant();
  }

  /**
   * Returns the start of the next period; where clocks go back by 30 minutes, an hour is longer.
   */
  private ZonedDateTime next(ZonedDateTime start) {
    ZonedDateTime time = start.plus(1, unit);
    while (!startOf(time).isAfter(start)) {
      time = time.plus(1, unit);
    }
    return startOf(time);
  }

  private ZonedDateTime startOf(ZonedDateTime time) {
    return switch (unit) {
      case HOURS -> time.truncatedTo(ChronoUnit.HOURS);
      case WEEKS ->
          time.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY))
              .toLocalDate()
              .atStartOfDay(zone);
      case MONTHS -> time.toLocalDate().withDayOfMonth(1).atStartOfDay(zone);
      case YEARS -> time.toLocalDate().withDayOfYear(1).atStartOfDay(zone);
      default -> time.toLocalDate().atStartOfDay(zone);
    };
  }
}
