// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.internal.exchange;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The {@code Retry-After} field (RFC 9110, section 10.2.3): a number of seconds, or a date. */
final class RetryAfter {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.RFC_1123_DATE_TIME.withLocale(Locale.ROOT);
  private static final int MAX_DIGITS = 10; // 317 years

  private RetryAfter() {}

  /**
   * Returns the requested wait; zero if the field is absent or malformed. A date is compared with
   * the {@code Date} of the same response, so that a wrong clock on either side has no effect.
   */
  static Duration of(@Nullable String retryAfter, @Nullable String date) {
    if (retryAfter == null) {
      return Duration.ZERO;
    }
    String text = retryAfter.strip();
    if (!text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return text.length() > MAX_DIGITS
          ? Duration.ofDays(36_500)
          : Duration.ofSeconds(Long.parseLong(text));
    }
    Instant until = instant(text);
    if (until == null) {
      return Duration.ZERO;
    }
    Instant sent = date == null ? null : instant(date.strip());
    Duration wait = Duration.between(sent == null ? Instant.now() : sent, until);
    return wait.isNegative() ? Duration.ZERO : wait;
  }

  private static @Nullable Instant instant(String text) {
    try {
      return Instant.from(DATE.parse(text));
    } catch (DateTimeException e) {
      return null;
    }
  }
}
