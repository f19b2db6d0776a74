// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.RequestHead;
import io.gatewaykit.api.upstream.AdaptiveLimit;
import java.net.InetAddress;
import java.time.Duration;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;

/** The code of docs/ratelimit.md, compiled and run. */
class DocsSnippetsTest {
  @Test
  void firstSnippet() {
    LeakyBucket one = LeakyBucket.builder().limit(Limit.perSecond(10).burst(20)).build();

    KeyedLeakyBucket<InetAddress> perClient =
        KeyedLeakyBucket.<InetAddress>builder()
            .limit(Limit.perSecond(5).burst(5).nodelay())
            .maxKeys(200_000)
            .build();
    GuardChain chain = GuardChain.of(RateLimitGuard.builder("chat", perClient).build());

    assertThat(one.tryAcquire()).isTrue();
    assertThat(chain.begin().head(RequestHead.builder("GET", "/").build()))
        .isSameAs(Verdict.allow());
  }

  @Test
  void guardSnippet() {
    KeyedLeakyBucket<Object> perKey =
        KeyedLeakyBucket.builder()
            .limit(Limit.perSecond(20).burst(40).nodelay())
            .overflow(OverflowPolicy.SHARE)
            .build();
    RateLimitGuard guard =
        RateLimitGuard.builder("api", perKey)
            .key(RequestKey.first(RequestKey.principal(), RequestKey.network()))
            .exempt("10.0.0.0/8")
            .headers(HeaderStyle.BOTH)
            .build();

    assertThat(guard.onHead(RequestHead.builder("GET", "/").build())).isSameAs(Verdict.allow());
  }

  @Test
  void trueCostSnippet() {
    KeyedLeakyBucket<Object> tokens =
        KeyedLeakyBucket.builder()
            .limit(Limit.perSecond(10_000).burst(300_000).nodelay().overdraft(300_000))
            .build();
    RateLimitGuard guard =
        RateLimitGuard.builder("tokens", tokens)
            .key(RequestKey.first(RequestKey.header("X-Api-Key"), RequestKey.network()))
            .cost(request -> 4_000)
            .settle(ActualCost.header("x-tokens-used"))
            .build();

    assertThat(guard.onHead(RequestHead.builder("GET", "/").build())).isSameAs(Verdict.allow());
  }

  @Test
  void windowsSnippet() {
    WindowCounter<String> plan =
        WindowCounter.<String>builder()
            .sliding(Limit.perSecond(10))
            .calendar(10_000, ChronoUnit.DAYS, ZoneId.of("Europe/Berlin"))
            .limits(key -> key.startsWith("pro-") ? Limit.of(100_000, Duration.ofDays(1)) : null)
            .build();

    assertThat(plan.tryAcquireUpTo("pro-1", 99)).isEqualTo(10);
  }

  @Test
  void concurrencySnippet() {
    ConcurrencyLimiter<String> backend =
        ConcurrencyLimiter.<String>builder()
            .adaptive(AdaptiveLimit.between(20, 1, 500))
            .maxWaiters(200)
            .build();

    assertThat(backend.tryAcquire("b")).isPresent();
  }

  /** The table "over time": time in ms, cost, result in ms, level after the call. */
  @Test
  void burstTable() {
    long[][] rows = {
      {0, 1, 0, 1000},
      {0, 1, 1000, 2000},
      {0, 1, 2000, 3000},
      {0, 1, -1000, 3000},
      {500, 1, -500, 2500},
      {1000, 1, 2000, 3000},
      {2500, 2, -500, 1500},
      {3000, 2, 2000, 3000},
      {3000, 4, Long.MIN_VALUE, 3000},
      {6000, 1, 0, 1000}
    };
    var ticker = new ManualTicker();
    LeakyBucket bucket =
        LeakyBucket.builder().limit(Limit.perSecond(1).burst(2)).ticker(ticker).build();
    for (long[] row : rows) {
      ticker.advanceNanos(Duration.ofMillis(row[0]).toNanos() - ticker.read());
      long answer = bucket.decide(row[1]);
      assertThat(answer == RateLimiter.IMPOSSIBLE ? answer : answer / 1_000_000)
          .as("at %s ms", row[0])
          .isEqualTo(row[2]);
      assertThat(bucket.backlog()).isEqualTo(Duration.ofMillis(row[3]));
    }
  }
}
