// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.ratelimit.CalendarPeriod;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.LimitResolver;
import io.gatewaykit.ratelimit.WindowCounterBuilder;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Collects the settings of a {@link RedisWindowCounter}. Not thread-safe.
 *
 * @param <K> the type of the keys
 */
public final class RedisWindowCounterBuilder<K>
    extends RedisLimiterBuilder<K, RedisWindowCounterBuilder<K>> {
  private final List<WindowShape> shapes = new ArrayList<>();
  private final List<Limit> limits = new ArrayList<>();
  private final List<@Nullable LimitResolver<? super K>> resolvers = new ArrayList<>();
  private @Nullable Boolean denyCache;
  private Ticker ticker = Ticker.system();
  private InstantSource clock = InstantSource.system();

  RedisWindowCounterBuilder(RedisStore store, String name) {
    super(store, name);
  }

  @Override
  RedisWindowCounterBuilder<K> self() {
    return this;
  }

  /**
   * Adds a window that starts with the first request counted.
   *
   * @throws IllegalArgumentException if the limit has a burst or debt, is unlimited or blocked, or
   *     its period exceeds 50 days
   */
  public RedisWindowCounterBuilder<K> fixed(Limit limit) {
    return add(limit, 'F');
  }

  /**
   * Adds a sliding window that is counted in sixteen parts: never more than the limit in any
   * interval of its length; see {@link WindowCounterBuilder#sliding}.
   *
   * @throws IllegalArgumentException if the limit is not accepted by {@link #fixed}
   */
  public RedisWindowCounterBuilder<K> sliding(Limit limit) {
    return add(limit, 'P');
  }

  /**
   * Adds a sliding window that is estimated from two counts; admits up to nearly twice the limit if
   * traffic is uneven. See {@link WindowCounterBuilder#slidingEstimate}.
   *
   * @throws IllegalArgumentException if the limit is not accepted by {@link #fixed}
   */
  public RedisWindowCounterBuilder<K> slidingEstimate(Limit limit) {
    return add(limit, 'E');
  }

  /**
   * Adds a calendar window: an hour, day, week (from Monday), month or year in a time zone, on the
   * server's clock. The clocks of nodes must be within one such period of it.
   *
   * @param permits the quota of each period, at least 1
   * @throws IllegalArgumentException if the unit is not one of these
   */
  public RedisWindowCounterBuilder<K> calendar(long permits, ChronoUnit unit, ZoneId zone) {
    var period = new CalendarPeriod(unit, zone);
    return add(Limit.of(permits, period.length()), WindowShape.of(period));
  }

  private RedisWindowCounterBuilder<K> add(Limit limit, char kind) {
    return add(WindowLimits.checked(limit), WindowShape.of(kind));
  }

  private RedisWindowCounterBuilder<K> add(Limit limit, WindowShape shape) {
    limits.add(limit);
    resolvers.add(null);
    shapes.add(shape);
    return this;
  }

  /**
   * Sets the resolver for keys with their own limits, for the window added last. Only the permits
   * of these limits apply; the length is the window's. A key whose limit changes keeps its count.
   * While Redis is unavailable, all keys have the window's own limit. Default: none.
   *
   * @throws IllegalStateException if no window has been added, or this one has a resolver
   */
  public RedisWindowCounterBuilder<K> limits(LimitResolver<? super K> resolver) {
    if (resolvers.isEmpty()) {
      throw new IllegalStateException("limits: no window (expected: after a window)");
    }
    int last = resolvers.size() - 1;
    requireNonNull(resolver, "resolver");
    resolvers.set(last, Arguments.once("limits", resolvers.get(last), resolver));
    return this;
  }

  /**
   * Sets whether a rejected key is rejected locally until its retry time has passed. Exact, except
   * for permits that another node returns meanwhile. Default: true.
   */
  public RedisWindowCounterBuilder<K> denyCache(boolean denyCache) {
    this.denyCache = Arguments.once("denyCache", this.denyCache, denyCache);
    return this;
  }

  /** Sets this node's wall clock, for calendar windows. For tests. */
  RedisWindowCounterBuilder<K> clock(InstantSource clock) {
    this.clock = clock;
    return this;
  }

  /** Sets the time source for local state. For tests. */
  RedisWindowCounterBuilder<K> ticker(Ticker ticker) {
    this.ticker = ticker;
    return this;
  }

  /**
   * Builds the counter.
   *
   * @throws IllegalArgumentException if it has no window, or more than 16
   */
  public RedisWindowCounter<K> build() {
    Arguments.range("windows", limits.size(), 1, 16);
    var settings =
        new WindowSettings(
            common(),
            List.copyOf(shapes),
            List.copyOf(limits),
            denyCache == null || denyCache,
            ticker,
            clock);
    return new RedisWindowCounter<>(settings, names(), resolvers);
  }
}
