// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of permits per period, such as {@code 5/s}, {@code 300/m} or {@code 1000/h}.
 *
 * @param permits the number of permits
 * @param period a second, a minute, an hour or a day
 */
public record Rate(long permits, Duration period) {
  private static final Pattern TEXT = Pattern.compile("(\\d{1,7})/(s|m|h|d)");
  private static final long MAX_PERMITS = 1_000_000;

  /**
   * Parses a rate; called by the conversion of properties.
   *
   * @throws IllegalArgumentException if the text is not a rate
   */
  public static Rate valueOf(String text) {
    Matcher matcher = TEXT.matcher(requireNonNull(text, "text"));
    long permits = matcher.matches() ? Long.parseLong(matcher.group(1)) : 0;
    if (permits < 1 || permits > MAX_PERMITS) {
      throw new IllegalArgumentException(
          "rate: " + text + " (expected: 1 to 1000000 per s, m, h or d, such as 5/s or 300/m)");
    }
    return new Rate(permits, period(matcher.group(2)));
  }

  private static Duration period(String unit) {
    return switch (unit) {
      case "s" -> Duration.ofSeconds(1);
      case "m" -> Duration.ofMinutes(1);
      case "h" -> Duration.ofHours(1);
      default -> Duration.ofDays(1);
    };
  }

  @Override
  public String toString() {
    String unit =
        switch ((int) period.toSeconds()) {
          case 1 -> "s";
          case 60 -> "m";
          case 3600 -> "h";
          default -> "d";
        };
    return permits + "/" + unit;
  }
}
