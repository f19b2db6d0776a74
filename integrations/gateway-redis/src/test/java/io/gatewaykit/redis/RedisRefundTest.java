// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.Reservation;
import io.lettuce.core.RedisClient;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Settlements in Redis: bounded by the actual costs, and generous. */
@Tag("slow")
class RedisRefundTest {
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

  private RedisLeakyBucket<String> bucket(String name, Limit limit) {
    return RedisLeakyBucket.<String>builder(store, name)
        .limit(limit)
        .ticker(ticker)
        .scriptClock(ticker)
        .build();
  }

  private static final class Admitted {
    private final long at;
    private long cost;

    Admitted(long at, long cost) {
      this.at = at;
      this.cost = cost;
    }
  }

  /**
   * A caller that takes all it can get, and settles in any order. In any period W, the actual costs
   * are at most burst + 1 + W times the rate, also with more open reservations than are stored.
   */
  @ParameterizedTest
  @ValueSource(ints = {12, 24, 40})
  void settle_greedyCaller_actualCostsStayWithinTheEnvelope(int mostOpen) {
    var random = new SplittableRandom(mostOpen);
    try (var bucket = bucket("greedy" + mostOpen, Limit.perSecond(10).burst(39).nodelay())) {
      for (int round = 0; round < 12; round++) {
        String key = "round" + round;
        var open = new ArrayDeque<Reservation>();
        var requests = new ArrayDeque<Admitted>();
        var all = new ArrayList<Admitted>();
        int most = 0;
        for (int step = 0; step < 40; step++) {
          ticker.advance(Duration.ofMillis(random.nextInt(random.nextInt(8) == 0 ? 3000 : 250)));
          while (open.size() > random.nextInt(mostOpen)) {
            boolean oldest = random.nextBoolean();
            Admitted request = oldest ? requests.pollFirst() : requests.pollLast();
            request.cost = random.nextLong(request.cost + 1);
            (oldest ? open.pollFirst() : open.pollLast()).settle(request.cost);
          }
          long cost = 1L + random.nextInt(mostOpen > 24 ? 1 : 6);
          for (int i = 0; i < 40; i++) { // as much as available
            Reservation reservation = bucket.reserve(key, cost, Duration.ZERO);
            if (!reservation.admitted()) {
              break;
            }
            var request = new Admitted(ticker.read(), cost);
            all.add(request);
            requests.add(request);
            open.add(reservation);
          }
          most = Math.max(most, open.size());
        }
        assertThat(most).isGreaterThan(mostOpen > 24 ? 24 : 5);
        for (int from = 0; from < all.size(); from++) {
          double sum = 0;
          for (int to = from; to < all.size(); to++) {
            sum += all.get(to).cost;
            double seconds = (all.get(to).at - all.get(from).at) / 1e9;
            assertThat(sum).isLessThanOrEqualTo(40 + 10 * seconds + 1e-6);
          }
        }
      }
      await().until(() -> store.snapshot().inFlight() == 0);
      assertThat(bucket.snapshot().fallback() + bucket.snapshot().lostSettlements()).isZero();
    }
  }

  /**
   * Language-model traffic after the initial burst: 4000 tokens reserved per request, 30 % of them
   * used and settled after ten seconds on average, at 90 % of the quota; 75 open reservations a
   * key.
   */
  @Test
  void settle_languageModelTraffic_usesAtLeast88PercentOfTheQuota() {
    record Settlement(long at, Reservation reservation, long tokens) {}
    long rate = 10_000;
    int keys = 8;
    var random = new SplittableRandom(1);
    var due = new PriorityQueue<Settlement>(Comparator.comparingLong(Settlement::at));
    double perSecond = keys * rate * 0.9 / 1200;
    double used = 0;
    double offered = 0;
    double now = 0;
    try (var bucket = bucket("tokens", Limit.perSecond(rate).burst(299_999).nodelay())) {
      while (now < 80e9) {
        now += -Math.log(1 - random.nextDouble()) / perSecond * 1e9;
        while (!due.isEmpty() && due.peek().at() <= now) {
          Settlement next = due.poll();
          ticker.advanceNanos(next.at() - ticker.read());
          next.reservation().settle(next.tokens());
        }
        ticker.advanceNanos((long) now - ticker.read());
        Reservation reservation = bucket.reserve("k" + random.nextInt(keys), 4000, Duration.ZERO);
        long tokens = 1 + random.nextLong(2400);
        boolean counts = now >= 34e9;
        offered += counts ? tokens : 0;
        long at = (long) (now + 10e9 * (0.2 + 1.6 * random.nextDouble()));
        if (reservation.admitted()) {
          used += counts ? tokens : 0;
          due.add(new Settlement(at, reservation, tokens));
        }
      }
    }
    assertThat(0.9 * used / offered).isBetween(0.88, 0.9);
  }
}
