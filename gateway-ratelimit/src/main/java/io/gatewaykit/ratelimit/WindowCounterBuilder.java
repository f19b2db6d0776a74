// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Collects the settings of a {@link WindowCounter}. Not thread-safe. A setting that is set twice is
 * an {@link IllegalStateException}; windows add up.
 *
 * @param <K> the type of the keys
 */
public final class WindowCounterBuilder<K> {
  private static final int PARTS = 16;

  /** Creates each window, given the wall clock, which can be set after the window was added. */
  private final List<Function<InstantSource, Window>> windows = new ArrayList<>();

  private final List<Limit> limits = new ArrayList<>();
  private final List<@Nullable LimitResolver<? super K>> resolvers = new ArrayList<>();
  private @Nullable ToLongFunction<? super K> keyHash;
  private @Nullable OverflowPolicy overflow;
  private @Nullable Ticker ticker;
  private @Nullable InstantSource clock;
  private @Nullable Integer maxKeys;
  private @Nullable Integer maxWaiters;

  WindowCounterBuilder() {}

  /**
   * Adds a window that starts with the first request counted.
   *
   * @throws IllegalArgumentException if the limit has a burst or debt, or is unlimited or blocked
   */
  public WindowCounterBuilder<K> fixed(Limit limit) {
    return add(limit, FixedWindow::new);
  }

  /**
   * Adds a sliding window that is counted in sixteen parts: never more than the limit in any
   * interval of its length. A permit is returned up to a sixteenth of the length late. Takes 168
   * bytes per key.
   *
   * @throws IllegalArgumentException if the limit has a burst or debt, or is unlimited or blocked
   */
  public WindowCounterBuilder<K> sliding(Limit limit) {
    return add(limit, length -> new SlidingWindow(length, PARTS));
  }

  /**
   * Adds a sliding window that is estimated from two counts, as if the requests of the previous one
   * had been spread evenly. If they were not, up to nearly twice the limit is admitted in one
   * length; {@link #sliding} never exceeds it.
   *
   * @throws IllegalArgumentException if the limit has a burst or debt, or is unlimited or blocked
   */
  public WindowCounterBuilder<K> slidingEstimate(Limit limit) {
    return add(limit, EstimatedWindow::new);
  }

  /**
   * Adds a calendar window: an hour, day, week (from Monday), month or year in a time zone.
   *
   * @param permits the quota of each period, at least 1
   * @throws IllegalArgumentException if the unit is not one of these
   */
  public WindowCounterBuilder<K> calendar(long permits, ChronoUnit unit, ZoneId zone) {
    var period = new CalendarPeriod(unit, zone);
    Limit limit = Limit.of(permits, period.length());
    return add(wallClock -> new CalendarWindow(period, wallClock), limit);
  }

  private WindowCounterBuilder<K> add(Limit limit, Function<Duration, Window> window) {
    Duration length = WindowCounterSettings.plain(limit).per();
    return add(wallClock -> window.apply(length), limit);
  }

  private WindowCounterBuilder<K> add(Function<InstantSource, Window> window, Limit limit) {
    windows.add(window);
    limits.add(limit);
    resolvers.add(null);
    return this;
  }

  /**
   * Sets the resolver for keys with their own limits, for the window added last. Only the permits
   * of these limits apply; the length is the window's. A key whose limit changes keeps its count.
   * Default: none.
   *
   * @throws IllegalStateException if no window has been added, or this one has a resolver
   */
  public WindowCounterBuilder<K> limits(LimitResolver<? super K> resolver) {
    if (windows.isEmpty()) {
      throw new IllegalStateException("limits: no window (expected: after a window)");
    }
    int last = resolvers.size() - 1;
    requireNonNull(resolver, "resolver");
    resolvers.set(last, Arguments.once("limits", resolvers.get(last), resolver));
    return this;
  }

  /** Sets a function that maps a key to 64 bits; see {@link KeyedLeakyBucket.Builder#keyHash}. */
  public WindowCounterBuilder<K> keyHash(ToLongFunction<? super K> keyHash) {
    this.keyHash = Arguments.once("keyHash", this.keyHash, keyHash);
    return this;
  }

  /**
   * Sets the treatment of keys without a slot: they share one count, are rejected, or are admitted
   * and not counted. Default: they share. With a long window, sharing locks new keys out until it
   * ends if more than {@link #maxKeys} keys are counted.
   *
   * @throws IllegalArgumentException if it is {@link OverflowPolicy#EVICT_LEAST_DEBT}
   */
  public WindowCounterBuilder<K> overflow(OverflowPolicy policy) {
    if (requireNonNull(policy, "policy") == OverflowPolicy.EVICT_LEAST_DEBT) {
      throw new IllegalArgumentException(
          "overflow: EVICT_LEAST_DEBT (expected: SHARE, REJECT or ALLOW)");
    }
    this.overflow = Arguments.once("overflow", overflow, policy);
    return this;
  }

  /** Sets the time source. Default: {@link Ticker#system()}. */
  public WindowCounterBuilder<K> ticker(Ticker ticker) {
    this.ticker = Arguments.once("ticker", this.ticker, ticker);
    return this;
  }

  /** Sets the wall clock of calendar windows. Default: the system's. */
  public WindowCounterBuilder<K> clock(InstantSource clock) {
    this.clock = Arguments.once("clock", this.clock, clock);
    return this;
  }

  /** Sets the maximum number of keys, 1 to 100,000,000. Default: 100,000. */
  public WindowCounterBuilder<K> maxKeys(int maxKeys) {
    Arguments.range("maxKeys", maxKeys, 1, 100_000_000);
    this.maxKeys = Arguments.once("maxKeys", this.maxKeys, maxKeys);
    return this;
  }

  /** Sets the maximum number of waiters in {@code acquire}, 0 to 1,000,000. Default: 10,000. */
  public WindowCounterBuilder<K> maxWaiters(int maxWaiters) {
    WaitQueue.checkMaxWaiters(maxWaiters);
    this.maxWaiters = Arguments.once("maxWaiters", this.maxWaiters, maxWaiters);
    return this;
  }

  /**
   * Builds the counter.
   *
   * @throws IllegalArgumentException if it has no window, or more than 16
   */
  public WindowCounter<K> build() {
    Arguments.range("windows", windows.size(), 1, 16);
    InstantSource wallClock = clock == null ? InstantSource.system() : clock;
    return new WindowCounter<>(
        new WindowCounterSettings<>(
            windows.stream().map(window -> window.apply(wallClock)).toList(),
            List.copyOf(limits),
            Collections.unmodifiableList(new ArrayList<>(resolvers)), // contains null
            keyHash,
            overflow == null ? OverflowPolicy.SHARE : overflow,
            maxKeys == null ? 100_000 : maxKeys,
            maxWaiters == null ? WaitQueue.DEFAULT_MAX_WAITERS : maxWaiters,
            ticker == null ? Ticker.system() : ticker));
  }
}
