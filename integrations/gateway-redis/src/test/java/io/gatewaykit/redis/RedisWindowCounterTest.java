// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.ratelimit.Balance;
import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.Reservation;
import io.gatewaykit.ratelimit.WindowCounter;
import io.lettuce.core.RedisClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same answers as the local counter's. */
class RedisWindowCounterTest {
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

  /** Fixed, sliding, and both together: decisions, reservations returned and corrected. */
  @ParameterizedTest
  @ValueSource(strings = {"F", "S", "FS"})
  void anySequence_equalsTheLocalCounter(String kinds) {
    Limit few = Limit.of(7, Duration.ofMillis(900));
    Limit more = Limit.of(20, Duration.ofSeconds(5));
    var local = WindowCounter.<String>builder().ticker(ticker);
    var remote =
        RedisWindowCounter.<String>builder(store, "w" + kinds).scriptClock(ticker).ticker(ticker);
    if (kinds.contains("F")) {
      local.fixed(few);
      remote.fixed(few);
    }
    if (kinds.contains("S")) {
      local.slidingEstimate(more);
      remote.slidingEstimate(more);
    }
    WindowCounter<String> expected = local.build();
    RedisWindowCounter<String> actual = remote.build();
    var random = new SplittableRandom(5);
    var held = new ArrayList<Reservation[]>();
    for (int i = 0; i < 600; i++) {
      ticker.advanceNanos(random.nextInt(300_000_000));
      String key = "k" + random.nextInt(2);
      long cost = 1L + random.nextInt(5);
      switch (random.nextInt(5)) {
        case 0 -> assertSame(actual.check(key, cost), expected.check(key, cost));
        case 1 -> assertSame(actual.peek(key, cost), expected.peek(key, cost));
        case 2 -> assertThat(actual.decide(key, cost)).isEqualTo(expected.decide(key, cost));
        case 3 ->
            held.add(
                new Reservation[] {
                  actual.reserve(key, cost, Duration.ZERO),
                  expected.reserve(key, cost, Duration.ZERO)
                });
        default -> {
          if (!held.isEmpty()) {
            int settled = random.nextInt(4);
            for (Reservation each : held.remove(random.nextInt(held.size()))) {
              each.settle(settled);
            }
          }
        }
      }
    }
  }

  private static void assertSame(Decision actual, Decision expected) {
    assertThat(actual)
        .usingRecursiveComparison()
        .ignoringFieldsMatchingRegexes("(.*\\.)?source")
        .isEqualTo(expected);
  }

  @Test
  void twoWindowsOfOneLimit_rejectedByTheFirst_isRejectedAndReturnsNothing() {
    RedisWindowCounter<String> counter =
        RedisWindowCounter.<String>builder(store, "alike")
            .sliding(Limit.of(3, Duration.ofHours(1)))
            .fixed(Limit.of(3, Duration.ofHours(1)))
            .denyCache(false)
            .scriptClock(ticker)
            .ticker(ticker)
            .build();
    assertThat(counter.tryAcquire("k")).isTrue();
    ticker.advance(Duration.ofMinutes(59));
    assertThat(counter.decide("k", 2)).isZero();
    ticker.advance(Duration.ofMinutes(2)); // the fixed window has ended
    Reservation rejected = counter.reserve("k", 2, Duration.ZERO);
    assertThat(rejected.admitted()).isFalse();
    rejected.cancel();
    assertThat(counter.check("k", 2).parts().keySet()).containsExactly("3/PT1H", "3/PT1H#2");
    assertThatThrownBy(() -> counter.reconfigure(Limit.of(5, Duration.ofHours(1))))
        .hasMessage("limit: PT1H (expected: the length of exactly one window)");
    counter.reconfigure(0, Limit.of(5, Duration.ofHours(1)));
    assertThat(counter.decide("k", 2)).isZero();
  }

  @Test
  void clockBack_neitherClearsNorBlocksForLongerThanAWindow() {
    RedisWindowCounter<String> counter =
        RedisWindowCounter.<String>builder(store, "back")
            .fixed(Limit.perSecond(3))
            .scriptClock(ticker)
            .ticker(ticker)
            .build();
    counter.decide("k", 3);
    ticker.advance(Duration.ofDays(-1));
    assertThat(counter.tryAcquire("k")).isFalse();
    ticker.advance(Duration.ofMillis(1001));
    assertThat(counter.tryAcquire("k")).isTrue();
  }

  @Test
  void sliding_anyTraffic_neverMoreThanTheQuotaAndReturnsInTime() {
    var random = new SplittableRandom(1);
    for (int trial = 0; trial < 10; trial++) {
      RedisWindowCounter<String> counter =
          RedisWindowCounter.<String>builder(store, "parts" + trial)
              .sliding(Limit.perSecond(10))
              .scriptClock(ticker)
              .ticker(ticker)
              .build();
      var admitted = new ArrayList<Long>();
      for (int i = 0; i < 60; i++) {
        ticker.advanceNanos(
            1000L * (random.nextInt(4) == 0 ? random.nextInt(1_200_000) : random.nextInt(50_000)));
        for (int j = random.nextInt(12); j >= 0; j--) {
          long now = ticker.read();
          Decision decision = counter.check("k", 1);
          admitted.removeIf(time -> time <= now - 1_062_500_000L); // a sixteenth late
          if (decision.admitted()) {
            admitted.add(now);
          } else {
            assertThat(admitted).as("refused only if the quota is used").hasSizeGreaterThan(9);
          }
          assertThat(admitted.stream().filter(time -> time > now - 1_000_000_000L).count())
              .isLessThanOrEqualTo(10);
        }
      }
    }
  }

  @Test
  void sliding_clockBack_neitherClearsNorBlocksForLongerThanAWindow() {
    RedisWindowCounter<String> counter =
        RedisWindowCounter.<String>builder(store, "partsBack")
            .sliding(Limit.perSecond(3))
            .scriptClock(ticker)
            .ticker(ticker)
            .build();
    counter.decide("k", 3);
    ticker.advance(Duration.ofSeconds(-100));
    assertThat(counter.tryAcquire("k")).isFalse();
    ticker.advance(Duration.ofMillis(1100));
    assertThat(counter.check("k", 3).admitted()).isTrue();
  }

  @Test
  void rejectedHotKey_costsOneRoundTrip() {
    RedisWindowCounter<String> counter =
        RedisWindowCounter.<String>builder(store, "hot")
            .fixed(Limit.of(1, Duration.ofDays(1)))
            .build();
    counter.tryAcquire("k");
    long before = store.snapshot().calls();
    for (int i = 0; i < 1000; i++) {
      assertThat(counter.tryAcquire("k")).isFalse();
    }
    assertThat(store.snapshot().calls() - before).isEqualTo(1);
    Decision remembered = counter.check("k", 1);
    assertThat(remembered.source()).isEqualTo(Decision.Source.DENY_CACHE);
    assertThat(remembered.retryAfter()).isBetween(Duration.ofHours(23), Duration.ofDays(1));
    counter.reset("k");
    assertThat(counter.tryAcquire("k")).isTrue();
    assertThat(counter.snapshot().denied()).isEqualTo(1000);
  }

  /** Replies manually to the first call, and immediately to the others. */
  private static final class Scripted implements ScriptClient {
    private final CompletableFuture<List<Object>> first = new CompletableFuture<>();
    private final List<String> modes = new ArrayList<>();

    @Override
    public CompletionStage<List<Object>> evalsha(String sha, String key, List<String> arguments) {
      modes.add(arguments.get(0));
      return modes.size() == 1 ? first : CompletableFuture.completedFuture(reply(1));
    }

    @Override
    public CompletionStage<List<Object>> eval(String text, String key, List<String> arguments) {
      return CompletableFuture.completedFuture(List.of(0L)); // the store's connection check
    }

    private static List<Object> reply(long admitted) {
      long wait = admitted > 0 ? 0 : Duration.ofHours(1).toNanos();
      return List.of(admitted, 0L, 7L, wait, 0L, wait, 0L, 0L);
    }
  }

  @Test
  void reset_afterARejectionInFlight_isNotUndoneByIt() {
    var scripts = new Scripted();
    try (RedisStore own = RedisStore.builder(scripts).deadline(Duration.ofSeconds(10)).build()) {
      RedisWindowCounter<String> counter =
          RedisWindowCounter.<String>builder(own, "late")
              .fixed(Limit.of(1, Duration.ofDays(1)))
              .ticker(ticker)
              .build();
      CompletableFuture<Decision> rejected = counter.checkAsync("k", 1);
      CompletableFuture<Void> reset = counter.resetAsync("k");
      scripts.first.complete(Scripted.reply(0));
      assertThat(rejected.join().admitted()).isFalse();
      reset.join();
      assertThat(counter.check("k", 1).admitted()).isTrue();
      assertThat(scripts.modes).containsExactly("T", "Z", "T");
    }
  }

  @Test
  void sharedCall_largerCosts_eachRemainingIsAsIfAlone() {
    RedisWindowCounter<String> counter =
        RedisWindowCounter.<String>builder(store, "costs")
            .fixed(Limit.of(20, Duration.ofDays(1)))
            .build();
    try (var connection = client.connect()) {
      connection.sync().clientPause(300); // so that the last two share a call
    }
    var all = new ArrayList<CompletableFuture<Decision>>();
    for (int i = 0; i < 3; i++) {
      all.add(counter.checkAsync("k", 5));
    }
    assertThat(all.stream().map(one -> one.join().remaining())).containsExactly(15L, 10L, 5L);
  }

  @Test
  void settle_rejectedMeanwhile_isForgotten() {
    RedisWindowCounter<String> counter =
        RedisWindowCounter.<String>builder(store, "settled")
            .fixed(Limit.of(1, Duration.ofDays(1)))
            .scriptClock(ticker)
            .ticker(ticker)
            .build();
    Reservation held = counter.reserve("k", 1, Duration.ZERO);
    try (var connection = client.connect()) {
      connection.sync().clientPause(300); // so that the next call is still in flight below
    }
    CompletableFuture<Decision> rejected = counter.checkAsync("k", 1);
    held.settle(0); // goes after it
    CompletableFuture<Decision> free = counter.peekAsync("k", 1); // goes after both
    assertThat(rejected.join().admitted()).isFalse();
    assertThat(free.join().admitted()).isTrue();
    await().untilAsserted(() -> assertThat(counter.tryAcquire("k")).isTrue());
  }

  @Test
  void manyCallersOfOneKey_shareRoundTrips() {
    RedisWindowCounter<String> counter =
        RedisWindowCounter.<String>builder(store, "together")
            .fixed(Limit.of(300, Duration.ofDays(1)))
            .denyCache(false)
            .build();
    long before = store.snapshot().calls();
    var all = new ArrayList<CompletableFuture<Decision>>();
    for (int i = 0; i < 500; i++) {
      all.add(counter.checkAsync("k", 1));
    }
    CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new)).join();
    assertThat(all.stream().filter(one -> one.join().admitted()).count()).isEqualTo(300);
    assertThat(
            all.stream()
                .map(CompletableFuture::join)
                .filter(Decision::admitted)
                .map(Decision::remaining)
                .distinct()
                .count())
        .as("each as if alone")
        .isEqualTo(300);
    assertThat(store.snapshot().calls() - before).isLessThan(400);
  }

  @Test
  void limitsAndReconfigure_keepTheCount() {
    RedisWindowCounter<String> counter =
        RedisWindowCounter.<String>builder(store, "tiers")
            .fixed(Limit.of(5, Duration.ofDays(1)))
            .limits(key -> key.equals("pro") ? Limit.of(100, Duration.ofDays(1)) : null)
            .build();
    assertThat(counter.tryAcquireUpTo("free", 999)).isEqualTo(5);
    assertThat(counter.tryAcquireUpTo("pro", 999)).isEqualTo(100);
    counter.reconfigure(Limit.of(8, Duration.ofDays(1)));
    assertThat(counter.tryAcquireUpTo("free", 999)).isEqualTo(3);
    assertThat(counter.charge("other", 20)).extracting(Balance::unbooked).isEqualTo(0L);
    counter.reconfigure(Limit.of(25, Duration.ofDays(1)));
    assertThat(counter.tryAcquireUpTo("other", 999)).isEqualTo(5);
  }

  @Test
  void key_livesForItsWindow() {
    RedisWindowCounter<String> counter =
        RedisWindowCounter.<String>builder(store, "ttl")
            .fixed(Limit.of(10, Duration.ofMinutes(1)))
            .build();
    counter.check("k", 1);
    try (var connection = client.connect()) {
      assertThat(connection.sync().pttl("ttl:k")).isBetween(30_000L, 60_002L);
    }
    assertThat(counter.check("k", 9).remaining()).isZero();
    assertThat(counter.check("k", 1).retryAfter()).isBetween(Duration.ZERO, Duration.ofMinutes(1));
    assertThat(counter.snapshot().remote()).isEqualTo(3);
  }

  @Test
  void redisUnavailable_sharesTheQuota() {
    try (TestRedis other = TestRedis.fromMaven()) {
      RedisClient otherClient = other.client();
      try (RedisStore lost = RedisStore.builder(otherClient).build()) {
        RedisWindowCounter<String> counter =
            RedisWindowCounter.<String>builder(lost, "gone")
                .fixed(Limit.of(10, Duration.ofHours(1)))
                .nodes(2)
                .build();
        counter.reserve("cancelled", 5, Duration.ZERO).cancel();
        other.kill();
        assertThat(counter.check("cancelled", 5).admitted()).as("settled here, too").isTrue();
        assertThat(counter.check("k", 5).source()).isEqualTo(Decision.Source.FALLBACK);
        assertThat(counter.check("k", 1).admitted()).isFalse();
        assertThat(counter.peek("k", 1).limit().permits()).isEqualTo(10);
        RedisWindowCounter<String> closed =
            RedisWindowCounter.<String>builder(lost, "closed")
                .fixed(Limit.of(10, Duration.ofHours(1)))
                .failurePolicy(FailurePolicy.CLOSED)
                .build();
        assertThat(closed.check("k", 1).admitted()).isFalse();
        assertThat(closed.charge("k", 4)).isEqualTo(new Balance(0, Duration.ZERO, 4));
        assertThat(counter.charge("k", 4).unbooked()).isZero();
      } finally {
        otherClient.shutdown();
      }
    }
  }

  @Test
  void build_badArguments_areNamed() {
    assertThatThrownBy(() -> RedisWindowCounter.builder(store, "x").build())
        .hasMessage("windows: 0 (expected: 1..16)");
    assertThatThrownBy(
            () -> RedisWindowCounter.builder(store, "x").fixed(Limit.of(1, Duration.ofDays(51))))
        .hasMessageContaining("at most 50 days");
  }
}
