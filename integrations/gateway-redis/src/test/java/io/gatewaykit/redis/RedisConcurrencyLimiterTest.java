// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSession;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.RequestHead;
import io.gatewaykit.ratelimit.ConcurrencyGuard;
import io.gatewaykit.ratelimit.ConcurrencyPermit;
import io.lettuce.core.RedisClient;
import java.time.Duration;
import java.util.ArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class RedisConcurrencyLimiterTest {
  private static TestRedis server;
  private static RedisClient client;
  private static RedisStore store;

  private final ManualTicker ticker = new ManualTicker();

  @BeforeAll
  static void start() {
    server = TestRedis.fromMaven();
    client = server.client();
    store = RedisStore.builder(client).deadline(Duration.ofSeconds(10)).build();
  }

  @AfterAll
  static void stop() {
    store.close();
    client.shutdown();
    server.close();
  }

  /** Max 2, burst 8, unit 1 s: the delays of resty.limit.conn. */
  @Test
  void tryAcquire_delaysAndRejectsAsTheOriginal_onAllNodesTogether() {
    var nodes = new ArrayList<RedisConcurrencyLimiter<String>>();
    for (int i = 0; i < 2; i++) {
      nodes.add(
          RedisConcurrencyLimiter.<String>builder(store, "conn")
              .max(2)
              .burst(8)
              .usualLatency(Duration.ofSeconds(1))
              .build());
    }
    var held = new ArrayList<ConcurrencyPermit>();
    for (int i = 0; i < 10; i++) {
      var permit = nodes.get(i % 2).tryAcquireAsync("k").join().orElseThrow();
      assertThat(permit.delay()).isEqualTo(Duration.ofSeconds(i / 2));
      assertThat(permit.position()).isEqualTo(i + 1);
      held.add(permit);
    }
    assertThat(nodes.get(0).tryAcquireAsync("k").join()).isEmpty();
    assertThat(nodes.get(0).tryAcquireAsync("other").join()).isPresent();
    assertThat(held.get(0).release(Duration.ofSeconds(3))).isTrue();
    assertThat(held.get(0).release(Duration.ofSeconds(3))).as("once only").isFalse();
    assertThat(nodes.get(0).usualLatency()).isEqualTo(Duration.ofSeconds(2));
    assertThat(nodes.get(1).inUse("k").join()).isEqualTo(9);
    assertThat(nodes.get(1).tryAcquireAsync("k").join()).isPresent();
    assertThat(nodes.get(1).tryAcquireAsync("k").join()).isEmpty();
  }

  @Test
  void permit_neverReleased_isReclaimed() {
    RedisConcurrencyLimiter<String> limiter =
        RedisConcurrencyLimiter.<String>builder(store, "leak")
            .max(1)
            .maxHold(Duration.ofSeconds(10))
            .scriptClock(ticker)
            .build();
    var lost = limiter.tryAcquireAsync("k").join().orElseThrow();
    assertThat(limiter.tryAcquireAsync("k").join()).isEmpty();
    ticker.advance(Duration.ofSeconds(10));
    assertThat(limiter.tryAcquireAsync("k").join()).isPresent();
    assertThat(limiter.reclaimed()).isEqualTo(1);
    lost.close();
    assertThat(limiter.inUse("k").join()).as("the other one's permit stays").isEqualTo(1);
  }

  @Test
  void reclaimed_allPermitsLost_areCountedByTheNextCaller() {
    RedisConcurrencyLimiter<String> limiter =
        RedisConcurrencyLimiter.<String>builder(store, "lost")
            .max(4)
            .maxHold(Duration.ofSeconds(1))
            .build();
    for (int i = 0; i < 4; i++) {
      assertThat(limiter.tryAcquireAsync("k").join()).isPresent();
    }
    await().until(() -> limiter.inUse("k").join() == 0);
    assertThat(limiter.reclaimed()).isEqualTo(4);
  }

  @Test
  void reconfigure_appliesToTheCommonCount() {
    RedisConcurrencyLimiter<String> limiter =
        RedisConcurrencyLimiter.<String>builder(store, "reconfigured").max(2).build();
    var held = new ArrayList<ConcurrencyPermit>();
    for (int i = 0; i < 2; i++) {
      held.add(limiter.tryAcquireAsync("k").join().orElseThrow());
    }
    assertThat(limiter.tryAcquireAsync("k").join()).isEmpty();
    limiter.reconfigure(3, 1);
    assertThat(limiter.max()).isEqualTo(3);
    held.add(limiter.tryAcquireAsync("k").join().orElseThrow());
    ConcurrencyPermit delayed = limiter.tryAcquireAsync("k").join().orElseThrow();
    assertThat(delayed.delay()).isEqualTo(limiter.usualLatency());
    limiter.reconfigure(1, 0);
    held.forEach(ConcurrencyPermit::close);
    assertThat(limiter.tryAcquireAsync("k").join()).as("one is still held").isEmpty();
    delayed.close();
    assertThat(limiter.tryAcquireAsync("k").join()).isPresent();
    assertThatThrownBy(() -> limiter.reconfigure(0, 0)).hasMessage("max: 0 (expected: 1..1000000)");
    assertThatThrownBy(() -> limiter.reconfigure(1, -1))
        .hasMessage("burst: -1 (expected: 0..1000000)");
    assertThat(limiter.max()).isEqualTo(1);
  }

  @Test
  void key_holdOfAnotherNodeIsShorter_livesForTheLongerOne() {
    RedisConcurrencyLimiter<String> longer =
        RedisConcurrencyLimiter.<String>builder(store, "hold")
            .max(2)
            .maxHold(Duration.ofHours(1))
            .build();
    RedisConcurrencyLimiter<String> shorter =
        RedisConcurrencyLimiter.<String>builder(store, "hold")
            .max(2)
            .maxHold(Duration.ofSeconds(1))
            .build();
    assertThat(longer.tryAcquireAsync("k").join()).isPresent();
    assertThat(shorter.tryAcquireAsync("k").join()).isPresent();
    try (var connection = client.connect()) {
      String key = connection.sync().keys("hold*").get(0);
      assertThat(connection.sync().pttl(key)).isGreaterThan(3_600_000);
    }
  }

  @Test
  void redisUnavailable_sharesTheBounds() {
    try (TestRedis other = TestRedis.fromMaven()) {
      RedisClient otherClient = other.client();
      try (RedisStore lost = RedisStore.builder(otherClient).build()) {
        RedisConcurrencyLimiter<String> local = limiter(lost, FailurePolicy.LOCAL);
        RedisConcurrencyLimiter<String> open = limiter(lost, FailurePolicy.OPEN);
        RedisConcurrencyLimiter<String> closed = limiter(lost, FailurePolicy.CLOSED);
        other.kill();
        var first = local.tryAcquireAsync("k").join().orElseThrow();
        assertThat(local.tryAcquireAsync("k").join()).isPresent();
        assertThat(local.tryAcquireAsync("k").join()).isEmpty();
        first.close();
        assertThat(local.tryAcquireAsync("k").join()).isPresent();
        assertThat(open.tryAcquireAsync("k").join()).isPresent();
        assertThat(closed.tryAcquireAsync("k").join()).isEmpty();
        assertThat(local.fallbacks()).isEqualTo(4);
      } finally {
        otherClient.shutdown();
      }
    }
  }

  private static RedisConcurrencyLimiter<String> limiter(RedisStore store, FailurePolicy policy) {
    return RedisConcurrencyLimiter.<String>builder(store, "gone" + policy)
        .max(4)
        .nodes(2)
        .failurePolicy(policy)
        .build();
  }

  @Test
  void guard_holdsAPermitForEachRequest_evenIfItEndsBeforeTheReply() throws Exception {
    RedisConcurrencyLimiter<Object> limiter =
        RedisConcurrencyLimiter.builder(store, "guard").max(1).build();
    var guard = ConcurrencyGuard.of("at-once", limiter, request -> "all");
    GuardChain chain = GuardChain.of(guard);
    var request = RequestHead.builder("GET", "/").build();
    GuardSession served = chain.begin();
    assertThat(known(served.head(request))).isSameAs(Verdict.allow());
    var second = RequestHead.builder("GET", "/").build();
    assertThat(known(guard.onHead(second))).isInstanceOf(Verdict.Reject.class);
    assertThat(guard.rejected()).isEqualTo(1);
    served.complete(request, new Completion(Completion.Kind.SERVED, 200));
    awaitUnused(limiter);
    server.signal("STOP");
    GuardSession gone = chain.begin();
    var third = RequestHead.builder("GET", "/").build();
    assertThat(gone.head(third)).isInstanceOf(Verdict.Pending.class);
    gone.complete(third, new Completion(Completion.Kind.CANCELLED, 0));
    server.signal("CONT");
    awaitUnused(limiter);
  }

  private static Verdict known(Verdict verdict) throws Exception {
    return verdict instanceof Verdict.Pending pending
        ? pending.verdict().toCompletableFuture().get()
        : verdict;
  }

  private static void awaitUnused(RedisConcurrencyLimiter<Object> limiter) {
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> limiter.inUse("all").join() == 0);
  }

  @Test
  void build_badArguments_areNamed() {
    assertThatThrownBy(() -> RedisConcurrencyLimiter.builder(store, "x").build())
        .hasMessage("max: 0 (expected: 1..1000000)");
    assertThatThrownBy(() -> RedisConcurrencyLimiter.builder(store, "x").burst(-1))
        .hasMessage("burst: -1 (expected: 0..1000000)");
    assertThatThrownBy(
            () -> RedisConcurrencyLimiter.builder(store, "x").maxHold(Duration.ofDays(2)))
        .hasMessageContaining("maxHold");
  }
}
