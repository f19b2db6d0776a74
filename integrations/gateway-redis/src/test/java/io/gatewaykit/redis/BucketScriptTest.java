// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static io.gatewaykit.ratelimit.Decision.Source.DENY_CACHE;
import static io.gatewaykit.ratelimit.Decision.Source.REMOTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.Reservation;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What the bucket's script leaves in Redis, and what its layers spare; by the server's own clock.
 */
class BucketScriptTest {
  private static final Limit SLOW = Limit.of(1, Duration.ofMinutes(1)).burst(99).nodelay();

  private static TestRedis server;
  private static RedisClient client;
  private static RedisStore store;
  private static RedisCommands<String, String> redis;

  @BeforeAll
  static void start() {
    server = TestRedis.fromMaven();
    client = server.client();
    store = RedisStore.builder(client).deadline(Duration.ofSeconds(10)).build();
    redis = client.connect().sync();
  }

  @AfterAll
  static void stop() {
    store.close();
    client.shutdown();
    server.close();
  }

  private static RedisLeakyBucket.Builder<Object> bucket(String name, Limit limit) {
    return RedisLeakyBucket.builder(store, name).limit(limit);
  }

  @Test
  void key_livesForItsDebt() {
    RedisLeakyBucket<Object> bucket = bucket("ttl", SLOW).build();
    Decision decision = bucket.check("k", 3);
    assertThat(decision.resetAfter()).isEqualTo(Duration.ofMinutes(3));
    assertThat(redis.pttl("ttl:k")).isBetween(120_000L, 180_001L);
    bucket.check("k", 1);
    assertThat(redis.pttl("ttl:k")).isBetween(180_000L, 240_001L);
    RedisLeakyBucket<Object> quick = bucket("quick", Limit.perSecond(1_000_000)).build();
    quick.check("k", 1);
    assertThat(redis.pttl("quick:k")).as("gone already, or about to").isLessThanOrEqualTo(2);
  }

  @Test
  void rejection_writesNothing() {
    RedisLeakyBucket<Object> bucket = bucket("refusal", SLOW).denyCache(false).build();
    bucket.check("k", 100);
    String state = redis.get("refusal:k");
    assertThat(state).matches("\\d+(:\\d+){4}");
    assertThat(bucket.check("k", 1).source()).isEqualTo(REMOTE);
    assertThat(redis.get("refusal:k")).isEqualTo(state);
    RedisLeakyBucket<Object> unseen = bucket("unseen", SLOW).build();
    unseen.peek("k", 1);
    assertThat(redis.exists("unseen:k")).isZero();
  }

  @Test
  void cancel_filledMeanwhile_isNotRejectedFromMemory() {
    RedisLeakyBucket<Object> bucket = bucket("settled", SLOW.burst(1).nodelay()).build();
    Reservation held = bucket.reserve("k", 1, Duration.ZERO);
    redis.clientPause(300); // so that the next call is still in flight below
    CompletableFuture<Decision> last = bucket.checkAsync("k", 1); // fills the bucket
    held.cancel(); // is sent after it
    assertThat(last.join().admitted()).isTrue();
    await().untilAsserted(() -> assertThat(bucket.peek("k", 1).admitted()).isTrue());
    assertThat(bucket.tryAcquire("k")).isTrue();
  }

  @Test
  void reserve_sentWithAReset_canBeCancelled() {
    RedisLeakyBucket<Object> bucket = bucket("together", SLOW).build();
    redis.clientPause(300); // so that the next call is still in flight below
    CompletableFuture<Reservation> before = bucket.reserveAsync("k", 1, Duration.ZERO);
    CompletableFuture<Void> reset = bucket.resetAsync("k");
    CompletableFuture<Reservation> after = bucket.reserveAsync("k", 5, Duration.ZERO);
    before.join();
    reset.join();
    after.join().cancel();
    assertThat(bucket.peek("k", 1).remaining()).isEqualTo(99);
  }

  @Test
  void charge_intoDebt_keyLivesForItAndIsRejectedWithoutRedis() {
    RedisLeakyBucket<Object> bucket = bucket("debt", SLOW).build();
    assertThat(bucket.charge("k", 10_000).resetAfter()).isEqualTo(Duration.ofMinutes(10_000));
    assertThat(redis.pttl("debt:k")).isBetween(599_990_000L, 600_000_001L);
    assertThat(bucket.check("k", 1).source()).isEqualTo(DENY_CACHE);
    assertThat(bucket.check("k", 1).retryAfter())
        .isBetween(Duration.ofMinutes(9_900), Duration.ofMinutes(9_901));
    bucket.reset("k");
    assertThat(bucket.tryAcquireUpTo("k", 1000)).isEqualTo(100);
  }

  @Test
  void cancel_allOfIt_leavesNoKey() {
    RedisLeakyBucket<Object> bucket = bucket("cancel", SLOW).build();
    bucket.reserve("k", 5, Duration.ZERO).cancel();
    assertThat(bucket.peek("k", 1).remaining()).isEqualTo(99);
    assertThat(redis.exists("cancel:k")).isZero();
  }

  @Test
  void reserve_manyOpen_keepsTheStateSmall() {
    RedisLeakyBucket<Object> bucket = bucket("layers", SLOW).build();
    for (int i = 0; i < 90; i++) {
      bucket.reserve("k", 1, Duration.ZERO);
    }
    assertThat(redis.get("layers:k").length()).isLessThan(700);
    bucket.reserve("k", 1, Duration.ZERO).settle(1);
    bucket.check("k", 1);
    assertThat(bucket.peek("k", 1).remaining()).as("99 less what was taken").isEqualTo(7);
  }

  @Test
  void fourNodes_eightThreads_admitExactlyTheBurst() throws Exception {
    var nodes = new ArrayList<RedisLeakyBucket<Object>>();
    var stores = new ArrayList<RedisStore>();
    for (int i = 0; i < 4; i++) {
      stores.add(RedisStore.builder(client).deadline(Duration.ofSeconds(10)).build());
      nodes.add(
          RedisLeakyBucket.builder(stores.get(i), "exact")
              .limit(SLOW)
              .coalescing(i % 2 == 0)
              .denyCache(i < 2)
              .build());
    }
    var admitted = new AtomicInteger();
    var begin = new CountDownLatch(1);
    var threads = new ArrayList<Thread>();
    for (int i = 0; i < 8; i++) {
      RedisLeakyBucket<Object> node = nodes.get(i % 4);
      var thread =
          new Thread(() -> {
            try {
              begin.await();
              for (int j = 0; j < 100; j++) {
                admitted.addAndGet(node.decide("k", 1) >= 0 ? 1 : 0);
              }
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      thread.start();
      threads.add(thread);
    }
    begin.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    stores.forEach(RedisStore::close);
    assertThat(admitted).hasValue(100);
  }

  @Test
  void coalescing_manyConcurrently_sharesCallsInOrder() throws Exception {
    RedisLeakyBucket<Object> bucket = bucket("coalesced", SLOW).denyCache(false).build();
    long before = store.snapshot().calls();
    var answers = new ArrayList<CompletableFuture<Decision>>();
    server.signal("STOP"); // so that all but the first wait
    for (int i = 0; i < 300; i++) {
      answers.add(bucket.checkAsync("k", 1));
    }
    server.signal("CONT");
    for (int i = 0; i < 300; i++) {
      Decision decision = answers.get(i).get(30, TimeUnit.SECONDS);
      assertThat(decision.admitted()).isEqualTo(i < 100);
      assertThat(decision.remaining()).isEqualTo(Math.max(0, 99 - i));
    }
    assertThat(store.snapshot().calls() - before).isEqualTo(2);
  }

  @Test
  void denyCache_rejectsWithoutRedis_untilAdmissionIsPossible() {
    var ticker = new ManualTicker();
    RedisLeakyBucket<Object> bucket =
        bucket("denied", Limit.perSecond(10).burst(3).nodelay())
            .ticker(ticker)
            .scriptClock(ticker)
            .build();
    bucket.check("k", 4);
    long before = store.snapshot().calls();
    for (int i = 0; i < 10; i++) {
      Decision decision = bucket.check("k", 1);
      assertThat(decision.source()).isEqualTo(DENY_CACHE);
      assertThat(decision.retryAfter()).isEqualTo(Duration.ofMillis(100 - 10 * i));
      ticker.advance(Duration.ofMillis(10));
    }
    assertThat(store.snapshot().calls()).isEqualTo(before);
    assertThat(bucket.check("k", 1).source()).isEqualTo(REMOTE);
    assertThat(bucket.snapshot().denied()).isEqualTo(10);
    bucket.reconfigure(Limit.perSecond(10).burst(30).nodelay());
    assertThat(bucket.check("k", 20).admitted()).as("a wider limit ends the memory").isTrue();
  }

  @Test
  void keys_ofManyTypes_areDistinguished() {
    RedisLeakyBucket<Object> bucket = bucket("types", SLOW).build();
    List<Object> keys =
        List.of(
            "",
            "a b\r\n{x}",
            "ключ",
            7,
            new UUID(1, 2),
            InetAddress.getLoopbackAddress(),
            List.of("a", "bc"),
            List.of("ab", "c"),
            "x".repeat(64 * 1024),
            "x".repeat(64 * 1024 - 1));
    for (Object key : keys) {
      assertThat(bucket.decide(key, 100)).as("%.40s", key).isZero();
      assertThat(bucket.decide(key, 1)).isNegative();
    }
    assertThat(redis.keys("types:*"))
        .hasSize(keys.size())
        .allMatch(key -> key.length() < 200, "bounded");
    assertThatThrownBy(() -> bucket.decide(new Object(), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("keyText");
  }

  @Test
  void build_badArguments_areNamed() {
    assertThatThrownBy(() -> RedisLeakyBucket.builder(store, "x").build())
        .hasMessage("limit: not set (expected: a limit)");
    assertThatThrownBy(() -> RedisLeakyBucket.builder(store, "a b"))
        .hasMessage("name: a b (expected: 1 to 100 printable ASCII characters, none a colon)");
    assertThatThrownBy(() -> bucket("x", Limit.of(1, Duration.ofDays(53))).build())
        .hasMessageContaining("drains within 52 days");
    assertThatThrownBy(() -> bucket("x", SLOW).nodes(0))
        .hasMessage("nodes: 0 (expected: 1..10000)");
    assertThatThrownBy(() -> bucket("x", SLOW).lease(10, Duration.ofSeconds(1)).build())
        .hasMessage("permits: 10 (expected: 1..9, a tenth of the undelayed burst)");
    assertThatThrownBy(() -> bucket("x", SLOW).lease(9, Duration.ofDays(1)).build())
        .hasMessageContaining("life: PT24H (expected: at most PT49M30S");
  }
}
