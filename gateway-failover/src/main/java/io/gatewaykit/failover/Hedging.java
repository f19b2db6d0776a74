// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.internal.LatencyHistogram;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Computes hedge delays and charges hedges to their budgets. Thread-safe. */
final class Hedging<T> {
  private static final long REFRESH_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int MIN_SAMPLES = 20;
  private static final int MIN_PER_SECOND = 1;

  private final RetryPolicy.@Nullable Hedge policy;
  private final EndpointSelector<T> selector;
  private final RetryBudget budget;
  private final RetryBudget retries;

  Hedging(RetryPolicy.@Nullable Hedge policy, EndpointSelector<T> selector, RetryBudget retries) {
    this.policy = policy;
    this.selector = selector;
    this.retries = retries;
    budget = new RetryBudget(policy == null ? 0 : policy.budget(), MIN_PER_SECOND);
  }

  void request(long now) {
    if (policy != null) {
      budget.request(now);
    }
  }

  int atMost() {
    return policy == null ? 0 : policy.atMost();
  }

  /** Returns the hedge delay of a line in nanoseconds, or {@link HedgeDelay#NEVER}. */
  long delay(LineState<T> line, long now) {
    if (policy == null) {
      return HedgeDelay.NEVER;
    }
    return policy.quantile() == 0 ? policy.delay().toNanos() : atQuantile(policy, line, now);
  }

  /** Returns the latency quantile of a line, recomputed by one thread every second. */
  private long atQuantile(RetryPolicy.Hedge policy, LineState<T> line, long now) {
    HedgeDelay delay = line.hedgeDelay;
    if (delay.isDue(now, REFRESH_NANOS)) {
      long[] sum = LatencyHistogram.newSum();
      selector.addLatencies(line.line.id(), sum, now);
      delay.set(
          LatencyHistogram.count(sum) < MIN_SAMPLES
              ? HedgeDelay.NEVER
              : Math.max(
                  policy.delay().toNanos(), LatencyHistogram.quantile(sum, policy.quantile())));
    }
    return delay.nanos();
  }

  /** Takes one hedge from both budgets. */
  boolean tryHedge(long now) {
    if (!budget.tryRetry(now)) {
      return false;
    }
    if (!retries.tryRetry(now)) {
      budget.refund(now);
      return false;
    }
    return true;
  }

  void refund(long now) {
    budget.refund(now);
    retries.refund(now);
  }
}
