// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.breaker;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.failover.internal.window.CountWindow;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Collects the settings of a {@link CircuitBreaker}. Each is set at most once; setting it again, or
 * two that exclude each other, throws {@link IllegalStateException}. Not thread-safe; can build
 * more than one.
 */
public final class CircuitBreakerBuilder {
  private static final Duration MAX_TIME = Duration.ofDays(1);

  private @Nullable String name;
  private @Nullable Ticker ticker;
  private @Nullable CircuitBreakerListener listener;
  private @Nullable DoubleSupplier random;
  private @Nullable Integer maxConsecutiveFailures;
  private boolean noConsecutiveLimit;
  private @Nullable Double failureRate;
  private @Nullable Duration slowerThan;
  private double slowRate = 1;
  private @Nullable Integer minCalls;
  private @Nullable Integer countWindow;
  private @Nullable Duration timeWindow;
  private @Nullable Duration firstOpen;
  private Duration longestOpen = Duration.ofMinutes(1);
  private @Nullable Integer trials;
  private Duration trialLimit = Duration.ofSeconds(10);

  CircuitBreakerBuilder() {}

  /** Sets the name used in events and logs. Default: {@code breaker}. */
  public CircuitBreakerBuilder name(String name) {
    this.name = Arguments.once("name", this.name, name);
    return this;
  }

  /** Sets the source of time. Default: {@link Ticker#system()}. */
  public CircuitBreakerBuilder ticker(Ticker ticker) {
    this.ticker = Arguments.once("ticker", this.ticker, ticker);
    return this;
  }

  /** Sets the listener for state changes. Default: none. */
  public CircuitBreakerBuilder listener(CircuitBreakerListener listener) {
    this.listener = Arguments.once("listener", this.listener, listener);
    return this;
  }

  /**
   * Sets the random source, which must return values from 0 to 1 and be thread-safe. Default:
   * {@link ThreadLocalRandom}.
   */
  public CircuitBreakerBuilder random(DoubleSupplier random) {
    this.random = Arguments.once("random", this.random, random);
    return this;
  }

  /**
   * Sets the number of consecutive failures that trip the breaker, 1 to 1,000,000. A success resets
   * the count; calls that are neither successes nor failures do not affect it. Default: 5.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public CircuitBreakerBuilder consecutiveFailures(int failures) {
    int checked = Arguments.range("consecutiveFailures", failures, 1, 1_000_000);
    Arguments.excludes(
        "consecutiveFailures", "noConsecutiveLimit", noConsecutiveLimit ? true : null);
    maxConsecutiveFailures = Arguments.once("consecutiveFailures", maxConsecutiveFailures, checked);
    return this;
  }

  /** Disables the limit on consecutive failures; only rates trip the breaker. */
  public CircuitBreakerBuilder noConsecutiveLimit() {
    Arguments.excludes("noConsecutiveLimit", "consecutiveFailures", maxConsecutiveFailures);
    noConsecutiveLimit =
        Arguments.once("noConsecutiveLimit", noConsecutiveLimit ? true : null, true);
    return this;
  }

  /**
   * Sets the failure rate that trips the breaker, more than 0 and at most 1. It trips when the rate
   * is reached. A failed call may count as slow as well. Default: 0.5.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public CircuitBreakerBuilder failureRate(double rate) {
    double checked = checkRate("failureRate", rate);
    failureRate = Arguments.once("failureRate", failureRate, checked);
    return this;
  }

  /**
   * Sets the latency above which a call is slow, and the rate of slow calls that trips the breaker,
   * more than 0 and at most 1. Default: no call is slow.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public CircuitBreakerBuilder slowCalls(Duration slowerThan, double rate) {
    Duration checked = Arguments.positive("slowerThan", slowerThan, MAX_TIME);
    double checkedRate = checkRate("slowRate", rate);
    this.slowerThan = Arguments.once("slowCalls", this.slowerThan, checked);
    slowRate = checkedRate;
    return this;
  }

  /**
   * Sets the minimum number of calls in the window before rates are evaluated, 1 to 65,536. For a
   * count window smaller than this, its size is the minimum. Default: 20.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public CircuitBreakerBuilder minCalls(int calls) {
    int checked = Arguments.range("minCalls", calls, 1, CountWindow.MAX_SIZE);
    minCalls = Arguments.once("minCalls", minCalls, checked);
    return this;
  }

  /**
   * Evaluates rates over the last N calls, 1 to 65,536, regardless of their age. Does not read the
   * clock. Default: a time window.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public CircuitBreakerBuilder window(int calls) {
    int checked = Arguments.range("window", calls, 1, CountWindow.MAX_SIZE);
    countWindow = Arguments.once("window", window(), checked);
    return this;
  }

  /**
   * Evaluates rates over a sliding time window, more than zero and at most a day, which advances in
   * slices of a tenth. Default: 10 seconds.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public CircuitBreakerBuilder window(Duration length) {
    Duration checked = Arguments.positive("window", length, MAX_TIME);
    timeWindow = Arguments.once("window", window(), checked);
    return this;
  }

  /**
   * Sets the initial and the maximum length of the open period, each more than zero and at most a
   * day. The period doubles while trials fail, and also if the breaker trips again within that time
   * after closing. It is jittered by up to a fifth in either direction. Default: 1 second, 1
   * minute.
   *
   * @throws IllegalArgumentException if one is out of range, or the first exceeds the longest
   */
  public CircuitBreakerBuilder openFor(Duration first, Duration longest) {
    Duration checked = Arguments.positive("first", first, MAX_TIME);
    Duration checkedLongest = Arguments.positive("longest", longest, MAX_TIME);
    if (first.compareTo(longest) > 0) {
      throw Arguments.outside("first", first, "<= " + longest);
    }
    firstOpen = Arguments.once("openFor", firstOpen, checked);
    longestOpen = checkedLongest;
    return this;
  }

  /**
   * Sets the number of trial calls that must succeed to close the breaker, 1 to 100, which is also
   * the maximum number in flight; and the time after which an unreported trial can be reassigned to
   * another call, more than zero and at most a day. Default: 5, 10 seconds.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public CircuitBreakerBuilder halfOpen(int trials, Duration limit) {
    int checked = Arguments.range("trials", trials, 1, HalfOpenTrials.MAX_TRIALS);
    Duration checkedLimit = Arguments.positive("limit", limit, MAX_TIME);
    this.trials = Arguments.once("halfOpen", this.trials, checked);
    trialLimit = checkedLimit;
    return this;
  }

  /** Builds a closed breaker. */
  public CircuitBreaker build() {
    return new CircuitBreaker(settings());
  }

  /** Returns a factory of breakers with the current settings. */
  public CircuitBreakerFactory factory() {
    return new CircuitBreakerFactory(settings());
  }

  private BreakerSettings settings() {
    return new BreakerSettings(
        name == null ? "breaker" : name,
        ticker == null ? Ticker.system() : ticker,
        listener == null ? new CircuitBreakerListener() {} : listener,
        random == null ? () -> ThreadLocalRandom.current().nextDouble() : random,
        consecutiveLimit(),
        failureRate == null ? 0.5 : failureRate,
        slowerThan == null ? Long.MAX_VALUE : slowerThan.toNanos(),
        slowRate,
        minCalls == null ? 20 : minCalls,
        countWindow == null ? 0 : countWindow,
        (timeWindow == null ? Duration.ofSeconds(10) : timeWindow).toNanos(),
        (firstOpen == null ? Duration.ofSeconds(1) : firstOpen).toNanos(),
        longestOpen.toNanos(),
        trials == null ? 5 : trials,
        trialLimit.toNanos());
  }

  private int consecutiveLimit() {
    if (noConsecutiveLimit) {
      return Integer.MAX_VALUE;
    }
    return maxConsecutiveFailures == null ? 5 : maxConsecutiveFailures;
  }

  private @Nullable Object window() {
    return countWindow == null ? timeWindow : countWindow;
  }

  private static double checkRate(String name, double rate) {
    if (!(rate > 0 && rate <= 1)) {
      throw Arguments.outside(name, rate, "> 0, at most 1");
    }
    return rate;
  }
}
