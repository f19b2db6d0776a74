package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.upstream.AdaptiveLimit;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Collects the settings of a {@link ConcurrencyLimiter}. Not thread-safe.
 *
 * @param <K> the type of the keys
 */
public final class ConcurrencyLimiterBuilder<K> {
  static final int MOST = 1_000_000_000;
  static final long LONGEST = Duration.ofDays(1).toNanos();

  int max;
  int burst;
  long usualNanos = Duration.ofMillis(100).toNanos();
  long maxHold = Duration.ofMinutes(5).toNanos();
  Ticker ticker = Ticker.system();
  @Nullable AdaptiveLimit adaptive;
  int maxWaiters = 100;

  ConcurrencyLimiterBuilder() {}

  /** Sets the number of requests served concurrently without delay, at least 1. Required. */
  public ConcurrencyLimiterBuilder<K> max(int max) {
    Arguments.range("max", max, 1, MOST);
    this.max = max;
    return this;
  }

  /**
   * Sets a limit that follows the latency of the permits released, in place of {@link #max}. All
   * keys share it: intended for one key, or for keys served by the same upstream.
   */
  public ConcurrencyLimiterBuilder<K> adaptive(AdaptiveLimit limit) {
    this.adaptive = requireNonNull(limit, "limit");
    this.max = limit.limit();
    return this;
  }

  /**
   * Sets the maximum number of callers of a key that wait in {@code acquire}, 0 to 1,000,000.
   * Beyond that the one of the lowest priority is rejected, among equals the last. Default: 100.
   */
  public ConcurrencyLimiterBuilder<K> maxWaiters(int maxWaiters) {
    Arguments.range("maxWaiters", maxWaiters, 0, 1_000_000);
    this.maxWaiters = maxWaiters;
    return this;
  }

  /** Sets the number of further requests served after a delay. Default: 0. */
  public ConcurrencyLimiterBuilder<K> burst(int burst) {
    Arguments.range("burst", burst, 0, MOST);
    this.burst = burst;
    return this;
  }

  /** Sets the initial latency estimate, used until one is measured. Default: 100 ms. */
  public ConcurrencyLimiterBuilder<K> usualLatency(Duration latency) {
    this.usualNanos = Math.min(Arguments.nanos("latency", latency), LONGEST);
    return this;
  }

  /**
   * Sets the time after which an unreleased permit is reclaimed. Default: five minutes.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public ConcurrencyLimiterBuilder<K> maxHold(Duration maxHold) {
    long nanos = Arguments.nanos("maxHold", maxHold);
    Arguments.range("maxHold", nanos, 1, Long.MAX_VALUE);
    this.maxHold = nanos;
    return this;
  }

  /** Sets the time source. Default: {@link Ticker#system()}. */
  public ConcurrencyLimiterBuilder<K> ticker(Ticker ticker) {
    this.ticker = requireNonNull(ticker, "ticker");
    return this;
  }

  /**
   * Builds the limiter.
   *
   * @throws IllegalArgumentException if max was not set
   */
  public ConcurrencyLimiter<K> build() {
    Arguments.range("max", max, 1, MOST);
    return new ConcurrencyLimiter<>(this);
  }
}
