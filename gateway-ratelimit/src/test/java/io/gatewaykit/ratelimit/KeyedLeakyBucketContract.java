// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The behaviour of every store of buckets. */
abstract class KeyedLeakyBucketContract {
  private static final Limit LIMIT = Limit.perSecond(10).burst(3).nodelay();
  final ManualTicker ticker = new ManualTicker();

  /** Returns a builder of the store under test. */
  abstract KeyedLeakyBucket.Builder<Integer> builder();

  private KeyedLeakyBucket<Integer> buckets(int maxKeys) {
    return builder().limit(LIMIT).ticker(ticker).maxKeys(maxKeys).build();
  }

  @Test
  void decide_roomForAll_equalsOneBucketForEachKey() {
    KeyedLeakyBucket<Integer> keyed = buckets(1000);
    Map<Integer, LeakyBucket> apart = new HashMap<>();
    var random = new SplittableRandom(7);
    for (int i = 0; i < 5000; i++) {
      ticker.advance(Duration.ofMillis(random.nextInt(30)));
      int key = random.nextInt(20);
      long cost = 1L + random.nextInt(5);
      LeakyBucket own =
          apart.computeIfAbsent(
              key, k -> LeakyBucket.builder().limit(LIMIT).ticker(ticker).build());
      assertThat(keyed.decide(key, cost)).isEqualTo(own.decide(cost));
    }
  }

  @Test
  void check_floodOfKeys_sharesAndNeverFreesAThrottledOne() {
    KeyedLeakyBucket<Integer> keyed = buckets(4);
    assertThat(keyed.decide(-1, 4)).isZero();
    long admitted = 0;
    for (int key = 0; key < 10_000; key++) {
      admitted += keyed.decide(key, 4) >= 0 ? 1 : 0;
      assertThat(keyed.tryAcquire(-1)).isFalse();
    }
    assertThat(admitted).as("a slot for each, one shared bucket for each set").isLessThan(20);
    assertThat(keyed.overflows()).isGreaterThan(9_000);
    assertThat(keyed.check(10_001, 1).source()).isEqualTo(Decision.Source.SHARED);
    ticker.advance(Duration.ofSeconds(3)); // a cache evicts with a delay
    assertThat(keyed.liveKeys()).isZero();
    assertThat(keyed.check(10_001, 4).source()).isEqualTo(Decision.Source.LOCAL);
  }

  @Test
  void decide_movingFromTheSharedBucket_takesItsDebtAlong() {
    KeyedLeakyBucket<Integer> keyed = buckets(1);
    int key = 0;
    while (keyed.check(key, 2).source() == Decision.Source.LOCAL) {
      key++; // until no slot is free and this request was counted in the shared bucket
    }
    ticker.advance(Duration.ofMillis(200)); // the backlog of the others has drained exactly
    assertThat(keyed.check(key, 4).admitted()).isTrue();
    assertThat(keyed.check(key, 1).retryAfter()).isEqualTo(Duration.ofMillis(100));
  }

  @Test
  void reserve_cancelled_isTheIdentity() {
    KeyedLeakyBucket<Integer> keyed = buckets(100);
    keyed.decide(1, 1);
    Decision before = keyed.peek(1, 1);
    keyed.reserve(1, 2, Duration.ZERO).cancel();
    assertThat(keyed.peek(1, 1)).isEqualTo(before);
    Reservation reservation = keyed.reserve(2, 2, Duration.ZERO);
    reservation.settle(4);
    assertThat(keyed.tryAcquire(2)).isFalse();
    keyed.reserve(3, 2, Duration.ZERO).cancel();
    assertThat(keyed.decide(3, 4)).isZero();
  }

  @Test
  void reconfigure_keepsBacklogInRequests() {
    KeyedLeakyBucket<Integer> keyed = buckets(100);
    keyed.decide(1, 4);
    keyed.reconfigure(Limit.perSecond(1).burst(3).nodelay());
    assertThat(keyed.check(1, 1).retryAfter()).isEqualTo(Duration.ofSeconds(1));
    assertThat(keyed.peek(1, 1).resetAfter()).isEqualTo(Duration.ofSeconds(4));
    ticker.advance(Duration.ofSeconds(3));
    assertThat(keyed.decide(1, 3)).isZero();
    assertThat(keyed.tryAcquire(1)).isFalse();
    assertThat(keyed.limit().permits()).isEqualTo(1);
  }

  @Test
  void limits_tiersAndPriorities_apply() {
    KeyedLeakyBucket<Integer> keyed =
        builder()
            .limit(LIMIT)
            .limits(key -> key == 7 ? Limit.perSecond(1).burst(1).nodelay() : null)
            .ticker(ticker)
            .build();
    assertThat(keyed.decide(7, 2)).isZero();
    assertThat(keyed.decide(7, 1)).isEqualTo(-Duration.ofSeconds(1).toNanos());
    KeyedLeakyBucket<Integer> bulk = keyed.withReserved(2);
    assertThat(bulk.tryAcquire(1)).isTrue();
    assertThat(bulk.tryAcquire(1)).isTrue();
    assertThat(bulk.tryAcquire(1)).isFalse();
    assertThat(keyed.decide(1, 2)).isZero();
  }

  @Test
  void decide_clockBack_neitherDrainsNorBlocks() {
    KeyedLeakyBucket<Integer> keyed = buckets(100);
    keyed.decide(1, 4);
    ticker.advance(Duration.ofHours(-1));
    assertThat(keyed.tryAcquire(1)).isFalse();
    assertThat(keyed.tryAcquire(2)).as("a new key has its burst").isTrue();
    ticker.advance(Duration.ofMillis(400));
    assertThat(keyed.decide(1, 4)).isZero();
  }
}
