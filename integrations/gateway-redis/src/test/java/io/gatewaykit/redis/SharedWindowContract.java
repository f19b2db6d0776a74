// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimiter;
import io.gatewaykit.ratelimit.WindowContract;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** The same counts as the local counter's, by the script; on a server that a subclass chooses. */
abstract class SharedWindowContract extends WindowContract {
  private static @Nullable Servers servers;
  private static int names;

  private record Servers(TestRedis server, Runnable closing, RedisStore store) {}

  static void start(TestRedis server, RedisStore.Builder store, Runnable closing) {
    servers = new Servers(server, closing, store.deadline(Duration.ofSeconds(10)).build());
  }

  @AfterAll
  static void stop() {
    if (servers != null) {
      servers.store().close();
      servers.closing().run();
      servers.server().close();
      servers = null;
    }
  }

  private RedisWindowCounterBuilder<String> builder() {
    return builder("window" + names++, clock);
  }

  private RedisWindowCounterBuilder<String> builder(String name, InstantSource wallClock) {
    return RedisWindowCounter.<String>builder(requireNonNull(servers).store(), name)
        .ticker(ticker)
        .scriptClock(ticker)
        .clock(wallClock);
  }

  @Override
  protected RateLimiter<String> counter(Kind kind, Limit limit) {
    return switch (kind) {
      case FIXED -> builder().fixed(limit).build();
      case SLIDING -> builder().sliding(limit).build();
      case ESTIMATE -> builder().slidingEstimate(limit).build();
      case HOUR -> calendar(limit.permits(), ChronoUnit.HOURS, ZoneId.of("UTC"));
    };
  }

  @Override
  protected RateLimiter<String> calendar(long permits, ChronoUnit unit, ZoneId zone) {
    return builder().calendar(permits, unit, zone).build();
  }

  @Test
  void calendar_clocksOfNodesApart_countInTheServersWindow() {
    ZoneId utc = ZoneId.of("UTC");
    String name = "apart" + names++;
    RateLimiter<String> early =
        builder(name, () -> clock.instant().minus(Duration.ofMinutes(50)))
            .calendar(6, ChronoUnit.HOURS, utc)
            .build();
    RateLimiter<String> late =
        builder(name, () -> clock.instant().plus(Duration.ofMinutes(50)))
            .calendar(6, ChronoUnit.HOURS, utc)
            .build();
    for (int i = 0; i < 12; i++) {
      assertThat(early.tryAcquireUpTo("k", 3)).isEqualTo(3);
      assertThat(late.tryAcquireUpTo("k", 9)).isEqualTo(3);
      Duration wait = late.check("k", 1).retryAfter();
      assertThat(early.check("k", 1).retryAfter()).isEqualTo(wait);
      ticker.advance(wait.minusNanos(1000));
      assertThat(early.tryAcquire("k")).isFalse();
      assertThat(late.tryAcquire("k")).isFalse();
      ticker.advanceNanos(1000);
    }
  }
}
