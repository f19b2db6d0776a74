// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.upstream.AdaptiveLimit;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Collects the settings of a {@link ConcurrencyLimiter}. Not thread-safe. A setting that is set
 * twice is an {@link IllegalStateException}.
 *
 * @param <K> the type of the keys
 */
public final class ConcurrencyLimiterBuilder<K> {
  private @Nullable Integer max;
  private @Nullable AdaptiveLimit adaptive;
  private @Nullable Integer burst;
  private @Nullable Integer maxWaiters;
  private @Nullable Duration usualLatency;
  private @Nullable Duration maxHold;
  private @Nullable Ticker ticker;

  ConcurrencyLimiterBuilder() {}

  /**
   * Sets the number of requests served concurrently without delay, 1 to 1,000,000,000. Either this
   * or {@link #adaptive} is required.
   */
  public ConcurrencyLimiterBuilder<K> max(int max) {
    Arguments.excludes("max", "adaptive", adaptive);
    Arguments.range("max", max, 1, ConcurrencySettings.MAX_PERMITS);
    this.max = Arguments.once("max", this.max, max);
    return this;
  }

  /**
   * Sets a limit that follows the latency of the permits released, in place of {@link #max}. All
   * keys share it: intended for one key, or for keys served by the same upstream.
   */
  public ConcurrencyLimiterBuilder<K> adaptive(AdaptiveLimit limit) {
    Arguments.excludes("adaptive", "max", max);
    this.adaptive = Arguments.once("adaptive", adaptive, requireNonNull(limit, "limit"));
    return this;
  }

  /**
   * Sets the maximum number of callers of a key that wait in {@code acquire}, 0 to 1,000,000.
   * Beyond that, the caller of the lowest priority is rejected; among equals, the last one.
   * Default: 100.
   */
  public ConcurrencyLimiterBuilder<K> maxWaiters(int maxWaiters) {
    WaitQueue.checkMaxWaiters(maxWaiters);
    this.maxWaiters = Arguments.once("maxWaiters", this.maxWaiters, maxWaiters);
    return this;
  }

  /** Sets the number of further requests served after a delay. Default: 0. */
  public ConcurrencyLimiterBuilder<K> burst(int burst) {
    Arguments.range("burst", burst, 0, ConcurrencySettings.MAX_PERMITS);
    this.burst = Arguments.once("burst", this.burst, burst);
    return this;
  }

  /** Sets the initial latency estimate, used until one is measured. Default: 100 ms. */
  public ConcurrencyLimiterBuilder<K> usualLatency(Duration latency) {
    this.usualLatency =
        Arguments.once("usualLatency", usualLatency, Arguments.notNegative("latency", latency));
    return this;
  }

  /**
   * Sets the time after which an unreleased permit is reclaimed. Default: five minutes.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public ConcurrencyLimiterBuilder<K> maxHold(Duration maxHold) {
    Arguments.range("maxHold", Arguments.nanos("maxHold", maxHold), 1, Long.MAX_VALUE);
    this.maxHold = Arguments.once("maxHold", this.maxHold, maxHold);
    return this;
  }

  /** Sets the time source. Default: {@link Ticker#system()}. */
  public ConcurrencyLimiterBuilder<K> ticker(Ticker ticker) {
    this.ticker = Arguments.once("ticker", this.ticker, ticker);
    return this;
  }

  /**
   * Builds the limiter.
   *
   * @throws IllegalArgumentException if neither max nor adaptive was set
   */
  public ConcurrencyLimiter<K> build() {
    int set = adaptive != null ? adaptive.limit() : max == null ? 0 : max;
    return new ConcurrencyLimiter<>(
        new ConcurrencySettings(
            Arguments.range("max", set, 1, ConcurrencySettings.MAX_PERMITS),
            adaptive,
            burst == null ? 0 : burst,
            maxWaiters == null ? 100 : maxWaiters,
            usualLatency == null ? Duration.ofMillis(100) : usualLatency,
            maxHold == null ? Duration.ofMinutes(5) : maxHold,
            ticker == null ? Ticker.system() : ticker));
  }
}
