// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ArgumentsTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @Test
  void valuesInRange_areReturned() {
    assertThat(Arguments.range("n", 1, 1, 3)).isEqualTo(1);
    assertThat(Arguments.range("n", 3L, 1, 3)).isEqualTo(3);
    assertThat(Arguments.range("n", 0.5, 0, 1)).isEqualTo(0.5);
    assertThat(Arguments.range("n", SECOND, SECOND, SECOND)).isEqualTo(SECOND);
    assertThat(Arguments.positive("n", SECOND, SECOND)).isEqualTo(SECOND);
    assertThat(Arguments.notNegative("n", 0)).isZero();
    assertThat(Arguments.notNull("n", "v")).isEqualTo("v");
  }

  @Test
  void valuesOutsideTheirRange_areNamedWithIt() {
    assertMessage(() -> Arguments.range("n", 0, 1, 3), "n: 0 (expected: 1..3)");
    assertMessage(() -> Arguments.range("n", 4L, 1, 3), "n: 4 (expected: 1..3)");
    assertMessage(() -> Arguments.range("n", Double.NaN, 0, 1), "n: NaN (expected: 0.0..1.0)");
    assertMessage(
        () -> Arguments.range("n", Duration.ZERO, SECOND, SECOND),
        "n: PT0S (expected: PT1S..PT1S)");
    assertMessage(
        () -> Arguments.positive("n", Duration.ZERO, SECOND),
        "n: PT0S (expected: > 0, at most PT1S)");
    assertMessage(() -> Arguments.notNegative("n", -1), "n: -1 (expected: >= 0)");
    assertMessage(() -> Arguments.notNull("key", null), "key: null (expected: a key)");
  }

  @Test
  void nanos_saturate() {
    assertThat(Arguments.nanos("n", SECOND)).isEqualTo(1_000_000_000);
    assertThat(Arguments.nanos("n", Duration.ofSeconds(Long.MAX_VALUE))).isEqualTo(Long.MAX_VALUE);
    assertMessage(
        () -> Arguments.nanos("n", Duration.ofNanos(-1)), "n: PT-0.000000001S (expected: >= 0)");
  }

  @Test
  void settingWithAValue_isNotSetAgain() {
    assertThat(Arguments.once("n", null, 2)).isEqualTo(2);
    assertThatThrownBy(() -> Arguments.once("n", 1, 2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("n: 2 (expected: set once, but already 1)");
  }

  @Test
  void settingsThatExcludeEachOther_areBothNamed() {
    Arguments.excludes("a", "b", null);
    assertThatThrownBy(() -> Arguments.excludes("a", "b", 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a, b: both set (expected: only one)");
  }

  private static void assertMessage(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }
}
