// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.Decision.Source;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.Reservation;
import io.lettuce.core.RedisClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The local state beside Redis, the share and the deny cache, after refunds; in virtual time. */
class ShareTest {
  private static final Limit LIMIT = Limit.perSecond(10).burst(40).nodelay();

  private final ManualTicker ticker = new ManualTicker();
  private final TestRedis server = TestRedis.fromMaven();
  private final RedisClient client = server.client();
  private final RedisStore store =
      RedisStore.builder(client).deadline(Duration.ofSeconds(10)).build();

  @AfterEach
  void close() {
    store.close();
    client.shutdown();
    server.close();
  }

  private RedisLeakyBucket<String> bucket(boolean denyCache) {
    return RedisLeakyBucket.<String>builder(store, "share")
        .limit(LIMIT)
        .denyCache(denyCache)
        .ticker(ticker)
        .scriptClock(ticker)
        .build();
  }

  @Test
  void outage_afterRefund_theShareAdmitsWhatRedisWould() {
    RedisLeakyBucket<String> bucket = bucket(true);
    Reservation reserved = bucket.reserve("a", 41, Duration.ZERO);
    assertThat(reserved.decision().source()).isEqualTo(Source.REMOTE);
    reserved.settle(1);
    assertThat(bucket.peek("a", 40).admitted()).isTrue();
    store.close();
    Decision share = bucket.check("a", 40);
    assertThat(share.source()).isEqualTo(Source.FALLBACK);
    assertThat(share.admitted()).isTrue();
  }

  /** With one node, the share is the whole limit: after the same calls it has as much left. */
  @Test
  void outage_afterRandomCalls_theShareHasWhatRedisHad() {
    var random = new SplittableRandom(20);
    RedisLeakyBucket<String> bucket = bucket(false);
    Map<String, Long> remaining = new HashMap<>();
    for (int key = 0; key < 60; key++) {
      randomCalls(bucket, "k" + key, random, 25);
    }
    for (int key = 0; key < 60; key++) {
      Decision remote = bucket.peek("k" + key, 1);
      assertThat(remote.source()).isEqualTo(Source.REMOTE);
      remaining.put("k" + key, remote.remaining());
    }
    store.close();
    remaining.forEach((key, left) -> {
      Decision share = bucket.peek(key, 1);
      assertThat(share.source()).isEqualTo(Source.FALLBACK);
      assertThat(share.remaining()).as(key).isEqualTo(left);
    });
  }

  /** Refunds of this node end a rejection immediately: the cache decides as Redis does. */
  @Test
  void denyCache_afterRandomCalls_decidesAsRedis() {
    var random = new SplittableRandom(21);
    RedisLeakyBucket<String> cached = bucket(true);
    RedisLeakyBucket<String> exact = bucket(false);
    for (int i = 0; i < 40; i++) {
      String key = "d" + i;
      for (int round = 0; round < 12; round++) {
        randomCalls(cached, key, random, 4);
        long cost = 1 + random.nextLong(41);
        boolean admissible = exact.peek(key, cost).admitted();
        assertThat(cached.check(key, cost).admitted())
            .as("%s, round %s, cost %s", key, round, cost)
            .isEqualTo(admissible);
      }
    }
    assertThat(cached.snapshot().denied()).isPositive();
  }

  private void randomCalls(
      RedisLeakyBucket<String> bucket, String key, SplittableRandom random, int calls) {
    List<Reservation> open = new ArrayList<>();
    for (int i = 0; i < calls; i++) {
      ticker.advance(Duration.ofMillis(random.nextInt(400)));
      switch (random.nextInt(4)) {
        case 0 -> bucket.check(key, 1 + random.nextInt(12));
        case 1 -> bucket.charge(key, random.nextInt(4));
        default -> {
          long cost = random.nextLong(1, 31);
          Reservation reserved = bucket.reserve(key, cost, Duration.ZERO);
          if (reserved.admitted()) {
            open.add(reserved);
          }
        }
      }
      if (!open.isEmpty() && random.nextInt(2) == 0) {
        open.remove(random.nextInt(open.size())).settle(random.nextInt(12));
      }
    }
  }
}
