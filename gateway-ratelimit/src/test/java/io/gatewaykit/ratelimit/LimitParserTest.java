// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class LimitParserTest {
  static Stream<Arguments> limits() {
    return Stream.of(
        Arguments.of("10/s", Limit.perSecond(10)),
        Arguments.of("  10/S  Burst 20 ", Limit.perSecond(10).burst(20)),
        Arguments.of("10/s burst=20 nodelay", Limit.perSecond(10).burst(20).nodelay()),
        Arguments.of("10/s nodelay burst 20", Limit.perSecond(10).burst(20).nodelay()),
        Arguments.of("10/s burst 20 delay 8", Limit.perSecond(10).burst(20).delayAfter(8)),
        Arguments.of("3/10s", Limit.of(3, Duration.ofSeconds(10))),
        Arguments.of("100/15m", Limit.of(100, Duration.ofMinutes(15))),
        Arguments.of("1/250ms", Limit.of(1, Duration.ofMillis(250))),
        Arguments.of("1000/h", Limit.of(1000, Duration.ofHours(1))),
        Arguments.of("10000/d", Limit.of(10_000, Duration.ofDays(1))),
        Arguments.of(
            "10/s burst 5 borrow 7 overdraft 1000",
            Limit.perSecond(10).burst(5).borrow(7).overdraft(1000)),
        Arguments.of("unlimited", Limit.unlimited()),
        Arguments.of("blocked", Limit.blocked()));
  }

  @ParameterizedTest
  @MethodSource("limits")
  void parse_limit_isThatOfTheFactories(String text, Limit expected) {
    assertThat(Limit.parse(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                | limit: \"\" (expected: PERMITS/PERIOD",
        "10                | limit: \"10\" (expected: PERMITS/PERIOD",
        "10/s/s            | limit: \"10/s/s\" (expected: PERMITS/PERIOD",
        "-1/s              | limit: \"-1/s\" (expected: PERMITS/PERIOD",
        "1.5/s             | limit: \"1.5/s\" (expected: PERMITS/PERIOD",
        "10/w              | limit: \"10/w\" (expected: PERMITS/PERIOD",
        "9999999999999999999/s | limit: \"9999999999999999999/s\" (expected: PERMITS/PERIOD",
        "10/s bust 5       | limit: \"10/s bust 5\" (expected: burst N, delay N, nodelay",
        "10/s burst        | limit: \"10/s burst\" (expected: a number after burst)",
        "10/s burst nodelay| limit: \"10/s burst nodelay\" (expected: a number after burst)",
        "10/s burst -5     | limit: \"10/s burst -5\" (expected: a number after burst)",
        "10/s burst 5 burst 6  | (expected: each option once)",
        "10/s burst 9 delay 2 nodelay | (expected: each option once)",
        "unlimited burst 5 | (expected: nothing after unlimited)",
        "0/s               | permits: 0 (expected: 1.. one a nanosecond",
        "10/0s             | per: PT0S",
        "10/999999999d     | per: PT",
        "10/s burst 9999999999999 | burst: 9999999999999 (expected: 0..1000000000000)"
      })
  void parse_otherText_isRejectedWithTheExpectedForm(String text, String message) {
    assertThatThrownBy(() -> Limit.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void parse_longText_isShortenedInTheMessage() {
    assertThatThrownBy(() -> Limit.parse("x".repeat(100_000)))
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
  }
}
