package io.gatewaykit.failover;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Says when to hedge, and whether there is budget for it. Thread-safe. */
final class Hedging<T> {
  static final long NEVER = -1;

  private static final long REFRESH_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int MIN_SAMPLES = 20;
  private static final int MIN_PER_SECOND = 1;

  private final RetryPolicy.@Nullable Hedge policy;
  private final Selection<T> selection;
  private final RetryBudget budget;
  private final RetryBudget retries;

  /** By line; lines that are gone stay, which is a few words for each line there ever was. */
  private final Map<String, LineDelay> delays = new ConcurrentHashMap<>();

  Hedging(RetryPolicy.@Nullable Hedge policy, Selection<T> selection, RetryBudget retries) {
    this.policy = policy;
    this.selection = selection;
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

  /** Returns after how many nanoseconds an attempt in that line is hedged, or {@link #NEVER}. */
  long delay(String line, long now) {
    if (policy == null) {
      return NEVER;
    }
    return policy.quantile() == 0
        ? policy.delay().toNanos()
        : delays.computeIfAbsent(line, LineDelay::new).at(policy, now);
  }

  /** Takes one hedge from both budgets. */
  boolean tryHedge(long now) {
    if (!budget.tryRetry(now)) {
      return false;
    }
    if (!retries.tryRetry(now)) {
      budget.giveBack(now);
      return false;
    }
    return true;
  }

  void giveBack(long now) {
    budget.giveBack(now);
    retries.giveBack(now);
  }

  /** The quantile of one line's latency, looked up by one thread each second. */
  private final class LineDelay {
    final String line;
    final AtomicLong lookUpAt = new AtomicLong(Long.MIN_VALUE);
    volatile long nanos = NEVER;

    LineDelay(String line) {
      this.line = line;
    }

    long at(RetryPolicy.Hedge policy, long now) {
      long due = lookUpAt.get();
      boolean first = due == Long.MIN_VALUE;
      if ((first || now - due >= 0) && lookUpAt.compareAndSet(due, now + REFRESH_NANOS)) {
        long[] sum = LatencyHistogram.newSum();
        selection.addLatencies(line, sum, now);
        nanos =
            LatencyHistogram.count(sum) < MIN_SAMPLES
                ? NEVER
                : Math.max(
                    policy.delay().toNanos(), LatencyHistogram.quantile(sum, policy.quantile()));
      }
      return nanos;
    }
  }
}
