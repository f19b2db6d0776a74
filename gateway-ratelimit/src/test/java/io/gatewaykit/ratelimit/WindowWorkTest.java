// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The work of one call is bounded, whatever the number of expired and live keys. */
class WindowWorkTest {
  /** The state of the key, the shared state, and the states inspected for expiry: 8 and 2. */
  private static final int MOST_OF_ONE_CALL = 16;

  private static final int KEYS = 20_000;
  private final ManualTicker ticker = new ManualTicker();
  private final CountedWindow window = new CountedWindow(Duration.ofSeconds(1));

  /** A fixed window that counts the states it advances. */
  private static final class CountedWindow extends Window {
    private final FixedWindow window;
    private long advanced;

    CountedWindow(Duration per) {
      super(3, per);
      window = new FixedWindow(per);
    }

    @Override
    boolean advance(long[] state, int at, long now) {
      advanced++;
      return window.advance(state, at, now);
    }

    @Override
    boolean isIdle(long[] state, int at) {
      return window.isIdle(state, at);
    }

    @Override
    long decide(Limit limit, long[] state, int at, long now, long cost) {
      return window.decide(limit, state, at, now, cost);
    }

    @Override
    long counted(long[] state, int at) {
      return window.counted(state, at);
    }

    @Override
    void count(long[] state, int at, long cost) {
      window.count(state, at, cost);
    }

    @Override
    void correct(Limit limit, long[] state, int at, long mark, long more) {
      window.correct(limit, state, at, mark, more);
    }

    @Override
    long remaining(Limit limit, long[] state, int at, long now) {
      return window.remaining(limit, state, at, now);
    }

    @Override
    long reset(long[] state, int at, long now) {
      return window.reset(state, at, now);
    }
  }

  private WindowCounter<String> counter(OverflowPolicy policy) {
    List<@Nullable LimitResolver<? super String>> none = new ArrayList<>();
    none.add(null);
    return new WindowCounter<>(
        new WindowCounterSettings<>(
            List.of(window), List.of(Limit.perSecond(100)), none, null, policy, KEYS, 10, ticker));
  }

  @ParameterizedTest
  @EnumSource(names = "EVICT_LEAST_DEBT", mode = EnumSource.Mode.EXCLUDE)
  void decide_fullTable_advancesAFewStatesOnly(OverflowPolicy policy) {
    WindowCounter<String> counter = counter(policy);
    for (int i = 0; i < KEYS; i++) {
      counter.tryAcquire("first" + i);
    }
    long before = window.advanced;
    for (int i = 0; i < KEYS; i++) {
      assertThat(workOf(() -> counter.tryAcquire("more"))).isLessThanOrEqualTo(MOST_OF_ONE_CALL);
    }
    assertThat(window.advanced - before)
        .as("of live keys, 8 by each new one")
        .isLessThan(10L * KEYS);
    ticker.advance(Duration.ofDays(1)); // all keys have expired together
    assertThat(workOf(() -> counter.tryAcquire("new"))).isLessThanOrEqualTo(MOST_OF_ONE_CALL);
    for (int i = 0; i < KEYS; i++) {
      String key = "second" + i;
      assertThat(workOf(() -> counter.tryAcquire(key))).isLessThanOrEqualTo(MOST_OF_ONE_CALL);
    }
    assertThat(counter.liveKeys()).as("expired keys made room").isEqualTo(KEYS);
    assertThat(counter.held()).isLessThanOrEqualTo(KEYS);
  }

  @Test
  void decide_everyCallAfterExpiry_removesExpiredKeysAtAConstantCost() {
    WindowCounter<String> counter = counter(OverflowPolicy.SHARE);
    for (int i = 0; i < KEYS; i++) {
      counter.tryAcquire("first" + i);
    }
    ticker.advance(Duration.ofDays(1));
    long before = window.advanced;
    int calls = 0;
    while (counter.held() > 1) {
      assertThat(workOf(() -> counter.tryAcquire("other"))).isLessThanOrEqualTo(MOST_OF_ONE_CALL);
      calls++;
    }
    assertThat(calls).as("one of four calls inspects a key").isBetween(3 * KEYS, 5 * KEYS);
    assertThat(window.advanced - before).isLessThan(4L * calls);
  }

  private long workOf(Runnable call) {
    long before = window.advanced;
    call.run();
    return window.advanced - before;
  }

  @Test
  void overflow_evictLeastDebt_isRejectedByName() {
    assertThatThrownBy(() -> WindowCounter.builder().overflow(OverflowPolicy.EVICT_LEAST_DEBT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("overflow: EVICT_LEAST_DEBT (expected: SHARE, REJECT or ALLOW)");
    assertThat(Arrays.asList(OverflowPolicy.values())).hasSize(4);
  }
}
