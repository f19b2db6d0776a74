// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyedLeakyBucketTest {
  /** As the Javadoc of {@link KeyedLeakyBucket.Builder#limits} specifies. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void limits_keyChangesItsTier_keepsItsBacklogInTimeOrInRequests(boolean exactKeys) {
    Limit free = Limit.of(100, Duration.ofDays(1)).burst(99).nodelay();
    Limit pro = Limit.of(100_000, Duration.ofDays(1)).burst(99_999).nodelay();
    var tier = new Limit[] {free};
    var builder =
        KeyedLeakyBucket.<Integer>builder()
            .limit(free)
            .limits(key -> tier[0])
            .ticker(new ManualTicker());
    KeyedLeakyBucket<Integer> buckets = (exactKeys ? builder.exactKeys() : builder).build();
    assertThat(buckets.tryAcquireUpTo(1, 999)).isEqualTo(100);
    tier[0] = pro;
    assertThat(buckets.peek(1, 1).remaining()).isEqualTo(exactKeys ? 99_899 : 0);
    buckets.reset(1);
    assertThat(buckets.tryAcquireUpTo(1, 1000)).as("a paid upgrade").isEqualTo(1000);
    tier[0] = free;
    assertThat(buckets.peek(1, 1).remaining()).isEqualTo(exactKeys ? 0 : 98);
  }

  @Test
  void leaving_moreThanTheBurstOfATier_admitsOnlyIntoAnEmptyBucket() {
    Limit small = Limit.perSecond(1).burst(2).nodelay();
    var ticker = new ManualTicker();
    KeyedLeakyBucket<Integer> buckets =
        KeyedLeakyBucket.<Integer>builder()
            .limit(Limit.perSecond(1).burst(9).nodelay())
            .limits(key -> key == 1 ? small : null)
            .ticker(ticker)
            .build();
    KeyedLeakyBucket<Integer> spare = buckets.withReserved(5);
    assertThat(spare.tryAcquire(1)).isTrue();
    assertThat(spare.check(1, 1).retryAfter()).isEqualTo(Duration.ofSeconds(1));
    buckets.reconfigure(small);
    assertThat(spare.tryAcquire(2)).isTrue();
    assertThat(spare.check(2, 1).retryAfter()).isEqualTo(Duration.ofSeconds(1));
    ticker.advance(Duration.ofSeconds(1));
    assertThat(spare.tryAcquire(2)).isTrue();
  }

  private final ManualTicker ticker = new ManualTicker();

  /** With sufficient capacity, each key behaves like a separate bucket. */
  @Property(tries = 300, seed = "1")
  void decide_roomForAll_equalsOneBucketForEachKey(
      @ForAll @Size(max = 120) List<@IntRange(max = 11) Integer> calls) {
    Limit limit = Limit.perSecond(10).burst(3).delayAfter(1);
    KeyedLeakyBucket<Integer> keyed =
        KeyedLeakyBucket.<Integer>builder().limit(limit).ticker(ticker).maxKeys(1000).build();
    Map<Integer, LeakyBucket> apart = new HashMap<>();
    for (int call : calls) {
      int key = call / 3;
      ticker.advance(Duration.ofMillis(7L * call));
      LeakyBucket own =
          apart.computeIfAbsent(
              key, k -> LeakyBucket.builder().limit(limit).ticker(ticker).build());
      assertThat(keyed.decide(key, 1)).isEqualTo(own.decide(1));
    }
  }

  @Test
  void decide_flood_mintsNoBurstForAnyKey() {
    KeyedLeakyBucket<Long> bucket =
        KeyedLeakyBucket.<Long>builder()
            .limit(Limit.perSecond(1).burst(4))
            .ticker(ticker)
            .maxKeys(64)
            .build();
    assertThat(IntStream.range(0, 5).allMatch(i -> bucket.decide(-1L, 1) >= 0)).isTrue();
    long admitted = 0;
    for (long key = 0; key < 100_000; key++) {
      admitted += bucket.decide(key, 1) >= 0 ? 1 : 0;
    }
    assertThat(bucket.decide(-1L, 1)).as("the flood drained nobody's bucket").isNegative();
    assertThat(admitted).as("at most a burst for each slot and shared bucket").isLessThan(500);
    assertThat(bucket.overflows()).isGreaterThan(90_000);
    assertThat(bucket.liveKeys()).isLessThanOrEqualTo(96);
  }

  @Test
  void decide_afterDraining_slotsAreFreeAgain() {
    KeyedLeakyBucket<Long> bucket =
        KeyedLeakyBucket.<Long>builder()
            .limit(Limit.perSecond(1))
            .ticker(ticker)
            .maxKeys(8)
            .build();
    for (long key = 0; key < 1_000; key++) {
      ticker.advance(Duration.ofSeconds(1));
      assertThat(bucket.decide(key, 1)).isZero();
    }
    assertThat(bucket.overflows()).isZero();
  }

  @Test
  void decide_clockStepsBack_neitherDrainsNorBlocks() {
    KeyedLeakyBucket<String> bucket =
        KeyedLeakyBucket.<String>builder()
            .limit(Limit.perSecond(10).burst(1))
            .ticker(ticker)
            .build();
    bucket.decide("a", 2);
    ticker.advance(Duration.ofHours(-1));
    assertThat(bucket.decide("a", 1)).isNegative();
    ticker.advance(Duration.ofMillis(100));
    assertThat(bucket.decide("a", 1)).isNotNegative();
  }

  @Test
  void decide_eightThreadsOneKey_admitsExactlyTheBurst() throws Exception {
    KeyedLeakyBucket<String> bucket =
        KeyedLeakyBucket.<String>builder()
            .limit(Limit.perSecond(1).burst(999).nodelay())
            .ticker(ticker)
            .build();
    var pool = Executors.newFixedThreadPool(8);
    try {
      List<Future<Integer>> counts =
          IntStream.range(0, 8)
              .mapToObj(t ->
                  pool.submit(() ->
                      (int) IntStream.range(0, 500).filter(i -> bucket.tryAcquire("k")).count()))
              .toList();
      int sum = 0;
      for (Future<Integer> count : counts) {
        sum += count.get();
      }
      assertThat(sum).isEqualTo(1000);
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void builder_badValues_areRejected() {
    assertThatThrownBy(() -> KeyedLeakyBucket.builder().maxKeys(0))
        .hasMessage("maxKeys: 0 (expected: 1..100000000)");
    assertThatThrownBy(() -> KeyedLeakyBucket.builder().build())
        .hasMessageContaining("limit: not set");
    assertThatThrownBy(() -> Limit.perSecond(0)).hasMessageContaining("permits: 0");
    assertThatThrownBy(() -> Limit.perSecond(2_000_000_000)).hasMessageContaining("permits");
    assertThatThrownBy(() -> Limit.perSecond(1).burst(-1)).hasMessageContaining("burst: -1");
    assertThat(Limit.perSecond(1).nodelay().burst(9).borrow(2))
        .isEqualTo(Limit.perSecond(1).burst(9).borrow(2).delayAfter(9))
        .hasSameHashCodeAs(Limit.perSecond(1).burst(9).borrow(2).delayAfter(9))
        .hasToString("Limit[permits=1, per=PT1S, burst=9, delayAfter=9, maxDebt=2, overdraft=0]");
    assertThat(Limit.perSecond(1).burst(9).delayAfter(3).burst(12).delayAfter()).isEqualTo(3);
    assertThat(Limit.perSecond(1).delayAfter(1).burst(2))
        .isEqualTo(Limit.perSecond(1).burst(2).delayAfter(1));
    assertThat(Limit.perSecond(1).burst(9).delayAfter(3).burst(2))
        .isEqualTo(Limit.perSecond(1).burst(2).nodelay());
    assertThatThrownBy(() -> Limit.perSecond(1).burst(2).delayAfter(-1))
        .hasMessage("delayAfter: -1 (expected: 0..1000000000000)");
    assertThatThrownBy(() -> Limit.of(1, Duration.ZERO)).hasMessageContaining("per: PT0S");
    LeakyBucket bucket = LeakyBucket.builder().limit(Limit.perSecond(1)).build();
    assertThatThrownBy(() -> bucket.decide(-1)).hasMessage("cost: -1 (expected: >= 0)");
    assertThat(bucket.check(2).outcome()).isEqualTo(Decision.Outcome.IMPOSSIBLE);
    assertThat(bucket.tryAcquire()).isTrue();
  }
}
