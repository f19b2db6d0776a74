// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimiter;
import io.gatewaykit.ratelimit.RateLimiterContract;
import io.lettuce.core.RedisClient;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** The same answers as the local limiters, by the script; on a server that a subclass chooses. */
abstract class SharedBucketContract extends RateLimiterContract {
  private static @Nullable Servers servers;
  private static int names;

  private record Servers(TestRedis server, Runnable closing, RedisStore store) {}

  static void start(TestRedis server) {
    RedisClient client = server.client();
    start(server, RedisStore.builder(client), client::shutdown);
  }

  /** Starts with a store of a client's own. */
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

  RedisLeakyBucket.Builder<String> builder(Limit limit) {
    return RedisLeakyBucket.<String>builder(requireNonNull(servers).store(), "contract" + names++)
        .limit(limit)
        .ticker(ticker)
        .scriptClock(ticker);
  }

  @Override
  protected RateLimiter<String> limiter(Limit limit) {
    return builder(limit).build();
  }

  @Test
  void reconfigure_keepsBacklogInRequests() {
    try (RedisLeakyBucket<String> limiter =
        builder(Limit.perSecond(10).burst(3).nodelay()).build()) {
      limiter.decide("k", 4);
      limiter.reconfigure(Limit.perSecond(1).burst(3).nodelay());
      assertThat(limiter.check("k", 1).retryAfter()).isEqualTo(Duration.ofSeconds(1));
      assertThat(limiter.peek("k", 1).resetAfter()).isEqualTo(Duration.ofSeconds(4));
      ticker.advance(Duration.ofSeconds(3));
      assertThat(limiter.decide("k", 3)).isZero();
      assertThat(limiter.tryAcquire("k")).isFalse();
      assertThat(limiter.limit().permits()).isEqualTo(1);
    }
  }

  /** Vector H of resty.limit.req: a smaller burst changes the threshold, not the backlog. */
  @Test
  void reconfigure_smallerBurst_drainsAsItWouldHave() {
    try (RedisLeakyBucket<String> limiter = builder(Limit.perSecond(10).burst(5)).build()) {
      for (int i = 0; i < 5; i++) {
        assertThat(limiter.decide("k", 1)).isEqualTo(Duration.ofMillis(100L * i).toNanos());
      }
      limiter.reconfigure(Limit.perSecond(10).burst(2));
      assertThat(limiter.decide("k", 1)).isNegative();
      ticker.advance(Duration.ofMillis(100));
      assertThat(limiter.decide("k", 1)).isNegative();
      ticker.advance(Duration.ofMillis(200));
      assertThat(limiter.decide("k", 1)).isEqualTo(Duration.ofMillis(200).toNanos());
    }
  }

  @Test
  void reconfigure_reservationFromBefore_refundsNothing() {
    try (RedisLeakyBucket<String> limiter =
        builder(Limit.perSecond(10).burst(3).nodelay()).build()) {
      var reservation = limiter.reserve("k", 4, Duration.ZERO);
      limiter.reconfigure(Limit.perSecond(1).burst(3).nodelay());
      reservation.cancel();
      assertThat(limiter.tryAcquire("k")).isFalse();
    }
  }

  @Test
  void limits_tiersApply() {
    try (RedisLeakyBucket<String> limiter =
        builder(Limit.perSecond(10).burst(3).nodelay())
            .limits(key -> key.equals("gold") ? Limit.perSecond(1).burst(9).nodelay() : null)
            .build()) {
      assertThat(limiter.decide("gold", 10)).isZero();
      assertThat(limiter.decide("gold", 1)).isEqualTo(-Duration.ofSeconds(1).toNanos());
      assertThat(limiter.decide("other", 4)).isZero();
      assertThat(limiter.decide("other", 1)).isEqualTo(-Duration.ofMillis(100).toNanos());
    }
  }
}
