// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.upstream.Outcome;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The rules for retries and hedges: their number and budget, the order of endpoints, the back-off
 * and the time limits. {@link Attempts#mayRetry} decides whether an outcome permits a retry.
 * Immutable.
 */
public final class RetryPolicy {
  private static final Duration MAX_TIME = Duration.ofDays(1);

  private final int maxAttempts;
  private final long perTryNanos;
  private final double budgetRatio;
  private final int budgetPerSecond;
  private final Order order;
  private final long backoffNanos;
  private final long maxBackoffNanos;
  private final long minAttemptNanos;
  private final long maxPushbackNanos;
  private final boolean revisit;
  private final @Nullable Hedge hedge;
  private final Function<Throwable, Outcome> outcomes;
  private final DoubleSupplier random;

  private RetryPolicy(Builder builder) {
    maxAttempts = builder.maxAttempts == null ? 3 : builder.maxAttempts;
    perTryNanos = (builder.perTry == null ? Duration.ofMinutes(1) : builder.perTry).toNanos();
    budgetRatio = builder.budgetRatio == null ? 0.2 : builder.budgetRatio;
    budgetPerSecond = builder.budgetPerSecond;
    order = builder.order == null ? Order.SAME_LINE_FIRST : builder.order;
    backoffNanos = builder.firstBackoff == null ? 0 : builder.firstBackoff.toNanos();
    maxBackoffNanos = builder.longestBackoff.toNanos();
    minAttemptNanos =
        (builder.minAttempt == null ? Duration.ofMillis(1) : builder.minAttempt).toNanos();
    maxPushbackNanos =
        (builder.maxPushback == null ? Duration.ofSeconds(30) : builder.maxPushback).toNanos();
    revisit = builder.revisit != null;
    hedge = builder.hedge;
    outcomes = builder.outcomes == null ? Outcome::of : builder.outcomes;
    random =
        builder.random == null ? () -> ThreadLocalRandom.current().nextDouble() : builder.random;
  }

  /** The destination of the next attempt. */
  public enum Order {
    /** Another endpoint of the same line; the next line only once all of these have been tried. */
    SAME_LINE_FIRST,
    /** Another line; for lines whose endpoints mostly fail together. */
    NEXT_LINE_FIRST
  }

  /**
   * Starts a second attempt while the first is still in flight, so that a request does not wait for
   * the slowest server. Only idempotent requests are hedged. The first success wins; the other
   * attempts are cancelled, which counts against no endpoint.
   *
   * <p>A hedge is charged to two budgets: its own, by default one hedge per twenty requests, and
   * the retry budget of the group. When either is exhausted, no new hedge starts; attempts in
   * flight continue.
   *
   * @param quantile the quantile of the line's recent latencies after which to hedge, 0.5 to 0.999;
   *     0 for a fixed delay
   * @param delay the fixed delay, or the minimum delay; at least a millisecond
   * @param atMost the maximum number of concurrent extra attempts per request, 1 to 4
   * @param budget the number of hedges per request, 0 to 1
   */
  public record Hedge(double quantile, Duration delay, int atMost, double budget) {
    private static final Duration MIN_DELAY = Duration.ofMillis(1);

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public Hedge {
      if (quantile != 0) {
        double ignored = Arguments.range("quantile", quantile, 0.5, 0.999);
      }
      if (Arguments.positive("delay", delay, MAX_TIME).compareTo(MIN_DELAY) < 0) {
        throw Arguments.outside("delay", delay, "at least " + MIN_DELAY);
      }
      int ignored = Arguments.range("atMost", atMost, 1, 4);
      if (!(budget >= 0 && budget <= 1)) {
        throw Arguments.outside("budget", budget, "0..1");
      }
    }

    /**
     * Hedges attempts that exceed this quantile of the line's successes in the last 30 to 60
     * seconds, at least a millisecond; recomputed every second. A line with fewer than twenty
     * recorded successes is not hedged.
     */
    public static Hedge atQuantile(double quantile) {
      return new Hedge(quantile, MIN_DELAY, 1, 0.05);
    }

    /** Hedges after a fixed delay, at least a millisecond. */
    public static Hedge after(Duration delay) {
      return new Hedge(0, delay, 1, 0.05);
    }

    /** Returns a copy with this maximum of concurrent extra attempts. */
    public Hedge withAtMost(int atMost) {
      return new Hedge(quantile, delay, atMost, budget);
    }

    /** Returns a copy with this budget. */
    public Hedge withBudget(double budget) {
      return new Hedge(quantile, delay, atMost, budget);
    }
  }

  /** Returns the policy with all defaults. */
  public static RetryPolicy defaults() {
    return builder().build();
  }

  /** Returns a new builder. */
  public static Builder builder() {
    return new Builder();
  }

  int maxAttempts() {
    return maxAttempts;
  }

  long perTryNanos() {
    return perTryNanos;
  }

  double budgetRatio() {
    return budgetRatio;
  }

  int budgetPerSecond() {
    return budgetPerSecond;
  }

  Order order() {
    return order;
  }

  long minAttemptNanos() {
    return minAttemptNanos;
  }

  boolean revisit() {
    return revisit;
  }

  @Nullable Hedge hedge() {
    return hedge;
  }

  Outcome outcome(Throwable failure) {
    return requireNonNull(outcomes.apply(failure), "outcome");
  }

  /** Returns the wait before the next attempt, drawn uniformly from zero to the current maximum. */
  long backoff(int attempts) {
    if (backoffNanos == 0) {
      return 0;
    }
    int doublings = Math.min(attempts - 1, Long.numberOfLeadingZeros(backoffNanos) - 1);
    long most = Math.min(maxBackoffNanos, backoffNanos << Math.max(0, doublings));
    return (long) (most * random.getAsDouble());
  }

  /**
   * Returns the time to exclude a server that requested this pushback, within the configured
   * maximum.
   */
  long pushback(Duration requested) {
    if (requested.isNegative()) {
      return 0;
    }
    return requested.compareTo(Duration.ofNanos(maxPushbackNanos)) > 0
        ? maxPushbackNanos
        : requested.toNanos();
  }

  /** Collects the settings of a {@link RetryPolicy}, each set at most once. Not thread-safe. */
  public static final class Builder {
    private @Nullable Integer maxAttempts;
    private @Nullable Duration perTry;
    private @Nullable Double budgetRatio;
    private int budgetPerSecond = 10;
    private @Nullable Order order;
    private @Nullable Duration firstBackoff;
    private Duration longestBackoff = Duration.ZERO;
    private @Nullable Duration minAttempt;
    private @Nullable Duration maxPushback;
    private @Nullable Boolean revisit;
    private @Nullable Hedge hedge;
    private @Nullable Function<Throwable, Outcome> outcomes;
    private @Nullable DoubleSupplier random;

    private Builder() {}

    /** Sets the maximum number of attempts per request, 1 to 20. Default: 3. */
    public Builder maxAttempts(int attempts) {
      int checked = Arguments.range("maxAttempts", attempts, 1, 20);
      maxAttempts = Arguments.once("maxAttempts", maxAttempts, checked);
      return this;
    }

    /**
     * Sets the time limit of an attempt, more than zero and at most a day. Default: a minute. See
     * {@link Attempts#timeout}.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder perTry(Duration time) {
      Duration checked = Arguments.positive("perTry", time, MAX_TIME);
      perTry = Arguments.once("perTry", perTry, checked);
      return this;
    }

    /**
     * Sets the load that retries may add. Each request adds {@code ratio} tokens, which expire
     * within 0.3 s, and each retry takes one; a reserve holds the retries of one second at {@code
     * minPerSecond} and refills at that rate. Default: 0.2 and 10.
     *
     * @param ratio retries per request, 0 to 10
     * @param minPerSecond additional retries per second, 0 to 1,000,000
     * @throws IllegalArgumentException if one is out of range
     */
    public Builder budget(double ratio, int minPerSecond) {
      if (!(ratio >= 0 && ratio <= 10)) {
        throw Arguments.outside("ratio", ratio, "0..10");
      }
      int checked = Arguments.range("minPerSecond", minPerSecond, 0, 1_000_000);
      budgetRatio = Arguments.once("budget", budgetRatio, ratio);
      budgetPerSecond = checked;
      return this;
    }

    /** Sets the destination of the next attempt. Default: {@link Order#SAME_LINE_FIRST}. */
    public Builder order(Order order) {
      this.order = Arguments.once("order", this.order, order);
      return this;
    }

    /**
     * Sets an exponential back-off with full jitter: the wait before the second attempt is random
     * between zero and {@code first}; the upper bound then doubles with each attempt up to {@code
     * longest}, so that requests that failed together do not retry in unison. Each is more than
     * zero and at most a day. Default: no wait, since the next attempt goes to another endpoint.
     *
     * @throws IllegalArgumentException if one is out of range, or the first exceeds the longest
     */
    public Builder backoff(Duration first, Duration longest) {
      Duration checked = Arguments.positive("first", first, MAX_TIME);
      Duration checkedLongest = Arguments.positive("longest", longest, MAX_TIME);
      if (first.compareTo(longest) > 0) {
        throw Arguments.outside("first", first, "<= " + longest);
      }
      firstBackoff = Arguments.once("backoff", firstBackoff, checked);
      longestBackoff = checkedLongest;
      return this;
    }

    /**
     * Allows a request to return to endpoints that it has already tried, once it has tried all of
     * them and attempts remain; intended for groups of one endpoint. Requires a {@link #backoff}.
     * Default: each endpoint once.
     */
    public Builder revisit() {
      revisit = Arguments.once("revisit", revisit, true);
      return this;
    }

    /** Hedges idempotent requests. Default: no hedging. */
    public Builder hedge(Hedge hedge) {
      this.hedge = Arguments.once("hedge", this.hedge, hedge);
      return this;
    }

    /**
     * Sets the minimum time before the deadline for an attempt to start, more than zero and at most
     * a day. Default: 1 ms.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder minAttempt(Duration time) {
      Duration checked = Arguments.positive("minAttempt", time, MAX_TIME);
      minAttempt = Arguments.once("minAttempt", minAttempt, checked);
      return this;
    }

    /**
     * Sets the maximum time for which a server that pushes back ({@link Lease#pushBack}) receives
     * no requests, regardless of the time it requested; more than zero and at most a day. Default:
     * 30 seconds.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder maxPushback(Duration time) {
      Duration checked = Arguments.positive("maxPushback", time, MAX_TIME);
      maxPushback = Arguments.once("maxPushback", maxPushback, checked);
      return this;
    }

    /**
     * Sets the function that classifies exceptions of a call. If the function itself throws or
     * returns null, the attempt counts as {@link Outcome#FAILURE}, and the request fails with that
     * exception. Default: {@link Outcome#of}.
     */
    public Builder outcomes(Function<Throwable, Outcome> outcomes) {
      this.outcomes = Arguments.once("outcomes", this.outcomes, outcomes);
      return this;
    }

    /**
     * Sets the random source, which must return values from 0 to 1 and be thread-safe. Default:
     * {@link ThreadLocalRandom}.
     */
    public Builder random(DoubleSupplier random) {
      this.random = Arguments.once("random", this.random, random);
      return this;
    }

    /**
     * Builds the policy.
     *
     * @throws IllegalArgumentException if {@code revisit} is set without a back-off
     */
    public RetryPolicy build() {
      if (revisit != null && firstBackoff == null) {
        throw Arguments.outside("revisit", true, "with a backoff");
      }
      return new RetryPolicy(this);
    }
  }
}
