// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.LeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.lettuce.core.RedisClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The savings and the cost in accuracy of prefetched permits, on a real server in virtual time. */
class LeaseTest {
  private static final int NODES = 10;
  private static final double RATE = 1000;
  private static final int BURST = 100;
  private static final Limit LIMIT = Limit.perSecond((long) RATE).burst(BURST).nodelay();
  private static final Duration LIFE = Duration.ofMillis(50);

  private static TestRedis server;
  private static RedisClient client;
  private static RedisStore store;

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

  private final ManualTicker ticker = new ManualTicker();

  private RedisLeakyBucket.Builder<String> node(String name) {
    return RedisLeakyBucket.<String>builder(store, name)
        .limit(LIMIT)
        .ticker(ticker)
        .scriptClock(ticker);
  }

  /** Ten nodes, requests at random times: round trips, admissions, and the documented bound. */
  @ParameterizedTest
  @CsvSource({"0.5, 0.3", "1.0, 0.3", "2.0, 0.55", "10.0, 0.2"})
  void lease_tenNodes_savesRoundTripsWithinItsBound(double load, double mostRoundTrips) {
    var nodes = new ArrayList<RedisLeakyBucket<String>>();
    for (int i = 0; i < NODES; i++) {
      nodes.add(node("fleet" + load).lease(BURST / 10, LIFE).build());
    }
    LeakyBucket exact = LeakyBucket.builder().limit(LIMIT).ticker(ticker).build();
    var random = new Random(42);
    long before = store.snapshot().calls();
    int requests = (int) (4000 * Math.max(1, load / 2));
    int admitted = 0;
    int exactlyAdmitted = 0;
    List<Long> times = new ArrayList<>();
    for (int i = 0; i < requests; i++) {
      ticker.advanceNanos((long) (-Math.log(1 - random.nextDouble()) * 1e9 / (RATE * load)));
      if (nodes.get(random.nextInt(NODES)).decide("k", 1) >= 0) {
        admitted++;
        times.add(ticker.read());
      }
      exactlyAdmitted += exact.decide(1) >= 0 ? 1 : 0;
    }
    double roundTrips = (double) (store.snapshot().calls() - before) / requests;
    assertThat(roundTrips).as("round trips a decision").isLessThanOrEqualTo(mostRoundTrips);
    assertThat((double) admitted / exactlyAdmitted).as("of an exact limiter's").isGreaterThan(0.99);
    assertThat(beyond(times))
        .as("admitted beyond the rate")
        .isLessThanOrEqualTo(BURST + 1 + RATE * LIFE.toNanos() / 1e9);
  }

  /** Returns how much more than the rate alone was admitted in the worst window. */
  private static double beyond(List<Long> times) {
    double worst = 0;
    double least = 0;
    for (int i = 0; i < times.size(); i++) {
      double level = i - RATE * times.get(i) / 1e9;
      least = i == 0 ? level : Math.min(least, level);
      worst = Math.max(worst, level + 1 - least);
    }
    return worst;
  }

  @Test
  void lease_ofABusyKey_isUsedAndMarked() {
    try (RedisLeakyBucket<String> node = node("busy").lease(10, LIFE).build()) {
      var sources = new ArrayList<Decision.Source>();
      for (int i = 0; i < 30; i++) {
        Decision decision = node.check("k", 1);
        assertThat(decision.admitted()).isTrue();
        sources.add(decision.source());
        ticker.advance(Duration.ofMillis(1));
      }
      assertThat(sources.stream().filter(s -> s == Decision.Source.REMOTE).count())
          .as("1 while it is not busy, then 1 + 10 each")
          .isEqualTo(4);
      assertThat(node.snapshot().leased()).isEqualTo(26);
    }
  }

  @Test
  void close_refundsUnusedPermits() {
    RedisLeakyBucket<String> node = node("returns").lease(10, LIFE).build();
    RedisLeakyBucket<String> other = node("returns").build();
    for (int i = 0; i < 5; i++) {
      node.check("k", 1);
    }
    assertThat(other.peek("k", 1).remaining()).isEqualTo(BURST - 12); // 7 of them unused
    node.close();
    assertThat(other.peek("k", 1).remaining()).isEqualTo(BURST - 5);
    assertThat(node.check("k", 1).source()).isEqualTo(Decision.Source.REMOTE);
  }

  @Test
  void lease_expired_isNotUsed_andIsReturnedWithTheNextCall() {
    RedisLeakyBucket<String> node = node("over").lease(10, LIFE).build();
    RedisLeakyBucket<String> other = node("over").build();
    other.decide("k", 60);
    for (int i = 0; i < 5; i++) {
      node.check("k", 1); // 1, then 11 of which 4 are used
    }
    ticker.advance(LIFE);
    assertThat(other.peek("k", 1).remaining()).isEqualTo(BURST - 22);
    assertThat(node.check("k", 1).source()).isEqualTo(Decision.Source.REMOTE);
    assertThat(other.peek("k", 1).remaining())
        .as("7 came back, 11 were taken")
        .isEqualTo(BURST - 26);
  }
}
