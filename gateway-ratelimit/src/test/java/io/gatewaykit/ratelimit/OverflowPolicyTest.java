// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The handling of keys without a free slot, in a table of one set and in a cache of eight keys. */
class OverflowPolicyTest {
  private static final Limit LIMIT = Limit.perSecond(1).burst(3).nodelay();
  private final ManualTicker ticker = new ManualTicker();

  private KeyedLeakyBucket.Builder<Integer> builder(OverflowPolicy policy, boolean exact) {
    KeyedLeakyBucket.Builder<Integer> builder =
        KeyedLeakyBucket.<Integer>builder()
            .limit(LIMIT)
            .ticker(ticker)
            .maxKeys(exact ? 8 : 5)
            .overflow(policy);
    return exact ? builder.exactKeys() : builder;
  }

  /** Puts eight keys in debt: 0 by one permit, 1 to 7 by all four. */
  private KeyedLeakyBucket<Integer> full(OverflowPolicy policy, boolean exact) {
    KeyedLeakyBucket<Integer> buckets = builder(policy, exact).build();
    assertThat(buckets.decide(0, 1)).isZero();
    for (int key = 1; key < 8; key++) {
      assertThat(buckets.decide(key, 4)).isZero();
    }
    assertThat(buckets.overflows()).isZero();
    return buckets;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void share_newKeysAreLimitedTogether(boolean exact) {
    KeyedLeakyBucket<Integer> buckets = full(OverflowPolicy.SHARE, exact);
    assertThat(buckets.decide(8, 3)).isZero();
    assertThat(buckets.tryAcquire(9)).isTrue();
    assertThat(buckets.check(10, 1).source()).isEqualTo(Decision.Source.SHARED);
    assertThat(buckets.check(10, 1).retryAfter()).isEqualTo(Duration.ofSeconds(1));
    assertThat(buckets.overflows()).isEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void charge_withoutSlot_doesNotPutNewKeysIntoDebt(boolean exact) {
    KeyedLeakyBucket<Integer> buckets = full(OverflowPolicy.SHARE, exact);
    assertThat(buckets.charge(8, 1000)).isEqualTo(new Balance(0, Duration.ofSeconds(4), 996));
    ticker.advance(Duration.ofSeconds(1));
    assertThat(buckets.tryAcquire(9)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void allow_newKeysPassAndAreNotStored(boolean exact) {
    KeyedLeakyBucket<Integer> buckets = full(OverflowPolicy.ALLOW, exact);
    for (int i = 0; i < 100; i++) {
      assertThat(buckets.check(8, 4).outcome()).isEqualTo(Decision.Outcome.ALLOWED);
    }
    assertThat(buckets.decide(8, 5)).isEqualTo(RateLimiter.IMPOSSIBLE);
    assertThat(buckets.tryAcquire(7)).as("who has a bucket is held to it").isFalse();
    assertThat(buckets.overflows()).isEqualTo(101);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void reject_newKeysAreRejectedUntilASlotIsFree(boolean exact) {
    KeyedLeakyBucket<Integer> buckets = full(OverflowPolicy.REJECT, exact);
    Decision rejected = buckets.check(8, 1);
    assertThat(rejected.outcome()).isEqualTo(Decision.Outcome.REJECTED);
    assertThat(rejected.source()).isEqualTo(Decision.Source.SHARED);
    assertThat(rejected.remaining()).isZero();
    assertThat(buckets.peek(8, 1)).isEqualTo(rejected);
    assertThat(buckets.tryAcquire(8)).isFalse();
    assertThat(buckets.tryAcquire(0)).isTrue();
    ticker.advance(Duration.ofSeconds(6)); // a cache evicts with a delay of a second
    assertThat(buckets.check(8, 4).admitted()).isTrue();
  }

  @Test
  void reject_waitIsTheLeastSufficient() {
    KeyedLeakyBucket<Integer> buckets = full(OverflowPolicy.REJECT, false);
    long wait = -buckets.decide(8, 4);
    ticker.advanceNanos(wait - 1);
    assertThat(buckets.decide(8, 4)).isEqualTo(-1);
    ticker.advanceNanos(1);
    assertThat(buckets.decide(8, 4)).isZero();
  }

  @Test
  void evict_theOneThatOwesLeastIsForgotten_andCounted() {
    KeyedLeakyBucket<Integer> buckets = full(OverflowPolicy.EVICT_LEAST_DEBT, false);
    assertThat(buckets.decide(8, 4)).isZero();
    assertThat(buckets.evictedPermits()).as("what key 0 owed").isEqualTo(1);
    assertThat(buckets.overflows()).isEqualTo(1);
    for (int key = 1; key <= 8; key++) {
      assertThat(buckets.tryAcquire(key)).as("key %s", key).isFalse();
    }
    assertThat(buckets.peek(0, 4).admitted()).as("the newcomer of now").isTrue();
  }

  @Test
  void evict_flood_admitsNoMoreThanIsCounted() {
    KeyedLeakyBucket<Integer> buckets = full(OverflowPolicy.EVICT_LEAST_DEBT, false);
    long admitted = 1 + 7 * 4;
    for (int key = 8; key < 5000; key++) {
      admitted += buckets.tryAcquire(key % 20) ? 1 : 0;
      if (key % 50 == 0) {
        ticker.advance(Duration.ofMillis(200));
      }
    }
    assertThat(admitted).isGreaterThan(100);
    assertThat(buckets.evictedPermits()).isGreaterThan(admitted - 20 * (4 + 21) - 8 * 4);
  }

  @ParameterizedTest
  @EnumSource(OverflowPolicy.class)
  void blockedKey_withoutSlot_staysBlocked(OverflowPolicy policy) {
    for (boolean exact : new boolean[] {true, false}) {
      if (exact && policy == OverflowPolicy.EVICT_LEAST_DEBT) {
        continue;
      }
      KeyedLeakyBucket<Integer> buckets =
          builder(policy, exact).limits(key -> key == 99 ? Limit.blocked() : null).build();
      for (int key = 0; key < 12; key++) {
        buckets.decide(key, 4);
      }
      assertThat(buckets.decide(99, 1)).isEqualTo(RateLimiter.IMPOSSIBLE);
    }
  }

  @Test
  void evict_withExactKeys_isRejectedByName() {
    assertThatThrownBy(() -> builder(OverflowPolicy.EVICT_LEAST_DEBT, true).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("overflow: EVICT_LEAST_DEBT (expected: SHARE, REJECT or ALLOW with exactKeys)");
  }
}
