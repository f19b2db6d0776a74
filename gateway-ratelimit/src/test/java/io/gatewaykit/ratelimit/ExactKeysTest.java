// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.Ticker;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A key with a backlog is never removed, whatever the clock returns. */
class ExactKeysTest {
  private static final Limit LIMIT = Limit.perSecond(10).burst(9).nodelay();

  /** A thread can be suspended between any two readings of the clock. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void decide_pauseBetweenTwoReadings_doesNotRemoveEarly(int pausedAt) {
    var clock = new long[1];
    var readings = new int[] {-1000};
    Ticker ticker =
        () -> {
          if (readings[0]++ == pausedAt) {
            clock[0] += 500_000_000;
          }
          return clock[0];
        };
    KeyedLeakyBucket<String> limiter =
        KeyedLeakyBucket.<String>builder().limit(LIMIT).ticker(ticker).exactKeys().build();
    for (int i = 0; i < 9; i++) {
      limiter.tryAcquire("k");
    }
    readings[0] = 1;
    limiter.tryAcquire("k");
    readings[0] = -1000;
    Decision next = limiter.peek("k", 1);
    long owed = next.resetAfter().toNanos() - (next.admitted() ? 100_000_000 : 0);
    clock[0] += owed - 1;
    assertThat(limiter.peek("k", 10).admitted()).isFalse();
    clock[0] += 1;
    assertThat(limiter.peek("k", 10).admitted()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "0, 1", "5, 5", "-5000000000, 1", "4611686018427387904, 5"})
  void decide_clockStepsBackAfterTheKeyWasRemoved_addsNoBurst(long start, int burst) {
    for (long forward : new long[] {500, 1000, 2000, 100_000}) {
      var ticker = new ManualTicker(start);
      KeyedLeakyBucket<String> limiter =
          KeyedLeakyBucket.<String>builder()
              .limit(Limit.perSecond(1).burst(burst).nodelay())
              .ticker(ticker)
              .exactKeys()
              .build();
      long taken = limiter.tryAcquireUpTo("k", 100);
      ticker.advance(Duration.ofMillis(forward));
      limiter.peek("k", 1);
      ticker.advance(Duration.ofMillis(-forward));
      assertThat(taken + limiter.tryAcquireUpTo("k", 100)).isEqualTo(burst + 1);
      ticker.advance(Duration.ofSeconds(burst + 1));
      assertThat(limiter.tryAcquireUpTo("k", 100))
          .as("after the time of a full bucket")
          .isPositive();
    }
  }
}
