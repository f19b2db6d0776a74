// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class DecisionTest {
  private final ManualTicker ticker = new ManualTicker();

  @Test
  void headers_admitted_tellQuotaAndReset() {
    LeakyBucket bucket = bucket(Limit.perSecond(10).burst(20).nodelay());
    assertThat(bucket.check(11).headers("api", HeaderStyle.BOTH))
        .containsExactly(
            Map.entry("RateLimit-Policy", "\"api\";q=10;w=1;gw-burst=20"),
            Map.entry("RateLimit", "\"api\";r=10;t=2"),
            Map.entry("X-RateLimit-Limit", "21"),
            Map.entry("X-RateLimit-Remaining", "10"),
            Map.entry("X-RateLimit-Reset", "2"));
  }

  @Test
  void headers_rejected_retryAfterAgreesWithWindow() {
    LeakyBucket bucket = bucket(Limit.of(2, Duration.ofSeconds(5)));
    bucket.check(1);
    assertThat(bucket.check(1).headers("a \"b\\", HeaderStyle.STANDARD))
        .containsExactly(
            Map.entry("RateLimit-Policy", "\"a \\\"b\\\\\";q=2;w=5"),
            Map.entry("RateLimit", "\"a \\\"b\\\\\";r=0;t=3"),
            Map.entry("Retry-After", "3"));
    assertThat(bucket.check(1).headers("a", HeaderStyle.NONE)).isEmpty();
  }

  @Test
  void headers_oddPeriod_windowIsWholeSeconds() {
    LeakyBucket slow = bucket(Limit.of(1, Duration.ofMillis(2500)));
    LeakyBucket fast = bucket(Limit.of(3, Duration.ofMillis(500)));
    assertThat(slow.check(1).headers("x", HeaderStyle.STANDARD).get(0).getValue())
        .isEqualTo("\"x\";q=1;w=3");
    assertThat(fast.check(1).headers("x", HeaderStyle.STANDARD).get(0).getValue())
        .isEqualTo("\"x\";q=6;w=1");
  }

  @Test
  void headers_unlimitedAndBlocked_tellNothingAndZero() {
    assertThat(bucket(Limit.unlimited()).check(1).headers("x", HeaderStyle.BOTH)).isEmpty();
    assertThat(bucket(Limit.blocked()).check(1).headers("x", HeaderStyle.STANDARD))
        .containsExactly(
            Map.entry("RateLimit-Policy", "\"x\";q=0;w=1"),
            Map.entry("RateLimit", "\"x\";r=0;t=0"));
  }

  @Test
  void headers_policyNotAscii_isRejected() {
    Decision decision = bucket(Limit.perSecond(1)).check(1);
    assertThatThrownBy(() -> decision.headers("a\r\nb", HeaderStyle.STANDARD))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("policy: a character U+d (expected: printable ASCII)");
  }

  @Property(tries = 200, seed = "1")
  void headers_waitingRetryAfter_isEnough(
      @ForAll @LongRange(min = 1, max = 5000) long permits,
      @ForAll @LongRange(min = 1, max = 100_000) long perMillis,
      @ForAll @LongRange(max = 9) long burst) {
    LeakyBucket bucket =
        bucket(Limit.of(permits, Duration.ofMillis(perMillis)).burst(burst).nodelay());
    bucket.check(burst + 1);
    List<Map.Entry<String, String>> headers = bucket.check(1).headers("x", HeaderStyle.STANDARD);
    ticker.advance(Duration.ofSeconds(Long.parseLong(headers.get(2).getValue())));
    assertThat(headers.get(2).getKey()).isEqualTo("Retry-After");
    assertThat(bucket.check(1).admitted()).isTrue();
  }

  private LeakyBucket bucket(Limit limit) {
    return LeakyBucket.builder().limit(limit).ticker(ticker).build();
  }
}
