package io.gatewaykit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.Reservation;
import io.gatewaykit.ratelimit.WindowCounter;
import io.lettuce.core.RedisClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.SplittableRandom;
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

  /** Fixed, sliding, and both at once: decisions, reservations given back and corrected. */
  @ParameterizedTest
  @ValueSource(strings = {"F", "S", "FS"})
  void anySequence_equalsTheLocalCounter(String kinds) {
    Limit few = Limit.of(7, Duration.ofMillis(900));
    Limit more = Limit.of(20, Duration.ofSeconds(5));
    var local = WindowCounter.<String>builder().ticker(ticker);
    var remote = RedisWindowCounter.<String>builder(store, "w" + kinds).scriptClock(ticker);
    if (kinds.contains("F")) {
      local.fixed(few);
      remote.fixed(few);
    }
    if (kinds.contains("S")) {
      local.sliding(more);
      remote.sliding(more);
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
  void clockBack_neitherForgetsNorBlocksForLongerThanAWindow() {
    RedisWindowCounter<String> counter =
        RedisWindowCounter.<String>builder(store, "back")
            .fixed(Limit.perSecond(3))
            .scriptClock(ticker)
            .build();
    counter.decide("k", 3);
    ticker.advance(Duration.ofDays(-1));
    assertThat(counter.tryAcquire("k")).isFalse();
    ticker.advance(Duration.ofMillis(1001));
    assertThat(counter.tryAcquire("k")).isTrue();
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
  void redisGone_sharesTheQuota() {
    try (TestRedis other = TestRedis.fromMaven()) {
      RedisClient otherClient = other.client();
      try (RedisStore lost = RedisStore.builder(otherClient).build()) {
        RedisWindowCounter<String> counter =
            RedisWindowCounter.<String>builder(lost, "gone")
                .fixed(Limit.of(10, Duration.ofHours(1)))
                .nodes(2)
                .build();
        other.kill();
        assertThat(counter.check("k", 5).source()).isEqualTo(Decision.Source.FALLBACK);
        assertThat(counter.check("k", 1).admitted()).isFalse();
        assertThat(counter.peek("k", 1).limit().permits()).isEqualTo(10);
        RedisWindowCounter<String> closed =
            RedisWindowCounter.<String>builder(lost, "closed")
                .fixed(Limit.of(10, Duration.ofHours(1)))
                .failurePolicy(FailurePolicy.CLOSED)
                .build();
        assertThat(closed.check("k", 1).admitted()).isFalse();
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
