// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.internal.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryAfterTest {
  @ParameterizedTest
  @CsvSource({"0, 0", "120, 120", "' 7 ', 7", "-1, 0", "1.5, 0", "soon, 0", "'', 0"})
  void of_seconds(String field, long seconds) {
    assertThat(RetryAfter.of(field, null)).isEqualTo(Duration.ofSeconds(seconds));
  }

  @Test
  void of_absent_isZero() {
    assertThat(RetryAfter.of(null, null)).isZero();
  }

  @Test
  void of_tooManyDigits_isALongTime() {
    assertThat(RetryAfter.of("9".repeat(40), null)).isGreaterThan(Duration.ofDays(30_000));
  }

  @ParameterizedTest
  @CsvSource({
    "'Tue, 01 Dec 2026 10:00:20 GMT', 20",
    "'Tue, 01 Dec 2026 09:59:59 GMT', 0",
    "'Fri, 31 Dec 1999 23:59:59 GMT', 0"
  })
  void of_date_isRelativeToTheDateOfTheResponse(String field, long seconds) {
    assertThat(RetryAfter.of(field, "Tue, 01 Dec 2026 10:00:00 GMT"))
        .isEqualTo(Duration.ofSeconds(seconds));
  }

  @Test
  void of_dateWithoutTheDateOfTheResponse_isRelativeToTheClock() {
    assertThat(RetryAfter.of("Fri, 31 Dec 1999 23:59:59 GMT", null)).isZero();
    assertThat(RetryAfter.of("Fri, 31 Dec 2100 23:59:59 GMT", "broken")).isPositive();
  }
}
