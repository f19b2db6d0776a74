// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.line;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** The budget against a token bucket in exact arithmetic. */
class LineBudgetPropertyTest {
  private static final BigDecimal SECOND = BigDecimal.valueOf(1_000_000_000);

  /** The rate divides a second, so that the rounding of the budget is exact. */
  @Property(tries = 1000, seed = "1")
  void budget_anyRequests_equalsTheModel(
      @ForAll @IntRange(min = 0, max = 4) int rateIndex,
      @ForAll @LongRange(min = -1000, max = 1_000_000_000_000L) long start,
      @ForAll @Size(max = 200) List<@IntRange(min = 0, max = 2_000_000) Integer> events) {
    long rate = new long[] {1, 10, 1000, 50_000, 1_000_000}[rateIndex];
    var budget = new LineBudget();
    BigDecimal tokens = BigDecimal.valueOf(rate);
    long now = start;
    for (int event : events) {
      if (event % 3 == 0) {
        long step = event * 613L;
        now += step;
        tokens =
            tokens
                .add(BigDecimal.valueOf(rate).multiply(BigDecimal.valueOf(step)).divide(SECOND))
                .min(BigDecimal.valueOf(rate));
        continue;
      }
      long cost = event % (2 * rate + 2);
      boolean full = tokens.compareTo(BigDecimal.valueOf(rate)) >= 0;
      boolean expected = full || tokens.compareTo(BigDecimal.valueOf(cost)) >= 0;
      assertThat(budget.tryTake(cost, rate, now, false)).isEqualTo(expected);
      if (expected) {
        tokens = tokens.subtract(BigDecimal.valueOf(cost), MathContext.UNLIMITED);
      }
      if (event % 7 == 1) {
        budget.charge(cost, rate, now);
        tokens = tokens.subtract(BigDecimal.valueOf(cost));
      }
      if (event % 11 == 1 && expected) {
        budget.refund(cost, rate);
        tokens = tokens.add(BigDecimal.valueOf(cost)).min(BigDecimal.valueOf(rate));
      }
    }
  }

  @Test
  void concurrentRequests_neverExceedTheBudget() throws Exception {
    var budget = new LineBudget();
    var taken = new AtomicInteger();
    var threads = new Thread[4];
    for (int i = 0; i < threads.length; i++) {
      threads[i] =
          new Thread(() -> {
            for (int n = 0; n < 50_000; n++) {
              if (budget.tryTake(1, 10_000, 5, false)) {
                taken.incrementAndGet();
              }
            }
          });
      threads[i].start();
    }
    for (Thread thread : threads) {
      thread.join(TimeUnit.SECONDS.toMillis(30));
    }
    assertThat(taken.get()).isEqualTo(10_000);
  }
}
