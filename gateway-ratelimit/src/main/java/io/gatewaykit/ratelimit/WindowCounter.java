// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import java.time.Duration;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Counts requests per key in windows of time: a quota such as 1000 per day. With several windows, a
 * request is counted in all of them or in none. Never delays.
 *
 * <table>
 * <caption>Kinds of windows</caption>
 * <tr><td>{@link WindowCounterBuilder#fixed}<td>starts with the first request, as in {@code resty.limit.count};
 *   up to twice its quota around its end
 * <tr><td>{@link WindowCounterBuilder#sliding}<td>ends now; never more than its quota in any interval of its
 *   length, a permit is returned up to a sixteenth of it late
 * <tr><td>{@link WindowCounterBuilder#slidingEstimate}<td>ends now, estimated from two counts as nginx-plus and
 *   CDNs do: smooth for even traffic, up to nearly twice its quota for uneven traffic
 * <tr><td>{@link WindowCounterBuilder#calendar}<td>a day, month, … of a zone; up to twice its quota around its end
 * </table>
 *
 * <p>Thread-safe. Rejected requests are not counted. Keys are not stored, only 64 bits of their
 * hash under a secret seed, while a window counts requests for them, up to {@link
 * WindowCounterBuilder#maxKeys}.
 *
 * @param <K> the type of the keys, as in {@link KeyedLeakyBucket}
 */
public final class WindowCounter<K> implements RateLimiter<K> {
  private final List<@Nullable LimitResolver<? super K>> resolvers;
  private final ToLongFunction<K> hash;
  private final Ticker ticker;
  private final WindowStates states;
  private final WaitQueue<K> waitQueue;

  /** Limits of keys without their own. Replaced as a whole; writes are guarded by this. */
  private volatile Limit[] limits;

  WindowCounter(WindowCounterSettings<K> settings) {
    limits = settings.limits().toArray(Limit[]::new);
    resolvers = settings.resolvers();
    var keyHash = new KeyHash();
    ToLongFunction<? super K> own = settings.keyHash();
    hash = own == null ? keyHash::hash : keyHash.seeded(own);
    ticker = settings.ticker();
    var windows = new WindowSet(settings.windows());
    states = new WindowStates(windows, settings.maxKeys(), settings.overflow(), ticker);
    waitQueue = WaitQueue.of(settings.maxWaiters());
  }

  /** Returns a builder; at least one window is required. */
  public static <K> WindowCounterBuilder<K> builder() {
    return new WindowCounterBuilder<>();
  }

  @Override
  public boolean tryAcquire(K key) {
    return decide(key, 1) == 0;
  }

  @Override
  public long decide(K key, long cost) {
    long permits = Arguments.notNegative("cost", cost);
    return on(key, (view, source) -> permits == 0 ? view.decide(1) : view.take(permits));
  }

  @Override
  public Decision check(K key, long cost) {
    long permits = Arguments.notNegative("cost", cost);
    return on(
        key,
        (view, source) -> {
          long answer = permits == 0 ? view.decide(1) : view.take(permits);
          return view.describe(permits, answer, source);
        });
  }

  @Override
  public Decision peek(K key, long cost) {
    long permits = Math.max(1, Arguments.notNegative("cost", cost));
    return on(
        key,
        (view, source) -> {
          WindowView copy = view.copy();
          return copy.describe(permits, copy.take(permits), source);
        });
  }

  @Override
  public Reservation reserve(K key, long cost, Duration maxDelay) {
    Arguments.nanos("maxDelay", maxDelay); // unused: an admitted request has no delay
    long permits = Arguments.notNegative("cost", cost);
    if (permits == 0) {
      return Reservation.free(peek(key, 0), actual -> charge(key, actual));
    }
    return on(
        key,
        (view, source) -> {
          Decision decision = view.describe(permits, view.take(permits), source);
          long[] marks = view.marks();
          return decision.admitted()
              ? Reservation.of(decision, actual -> settle(key, marks, actual - permits))
              : Reservation.rejected(decision);
        });
  }

  private void settle(K key, long[] marks, long more) {
    var done =
        on(
            key,
            (view, source) -> {
              view.correct(marks, more);
              return view;
            });
    requireNonNull(done);
  }

  @Override
  public long tryAcquireUpTo(K key, long max) {
    long most = Arguments.notNegative("cost", max);
    return on(
        key,
        (view, source) -> {
          long fits = Math.min(most, view.remaining());
          return fits > 0 && view.take(fits) == 0 ? fits : 0L;
        });
  }

  /** Counts in each window, beyond its quota if necessary. */
  @Override
  public Balance charge(K key, long cost) {
    long permits = Arguments.notNegative("cost", cost);
    return on(
        key,
        (view, source) -> {
          long unbooked = view.charge(permits);
          Decision left = view.describe(1, 0, source);
          return new Balance(left.remaining(), left.resetAfter(), unbooked);
        });
  }

  @Override
  public void reset(K key) {
    Arguments.notNull("key", key);
    states.reset(hash.applyAsLong(key));
  }

  @Override
  public WaitQueue<K> waitQueue() {
    return waitQueue;
  }

  @Override
  public Ticker ticker() {
    return ticker;
  }

  /**
   * Changes the quota of the window of the same length, for keys without their own limit,
   * atomically for all callers. Counts are kept.
   *
   * @throws IllegalArgumentException if not exactly one window has that length, or the limit has a
   *     burst or debt, or is unlimited or blocked; the old limit is kept
   */
  public synchronized void reconfigure(Limit limit) {
    WindowCounterSettings.plain(limit);
    int found = -1;
    for (int i = 0; i < limits.length; i++) {
      if (limits[i].per().equals(limit.per())) {
        found = found < 0 ? i : limits.length;
      }
    }
    if (found < 0 || found == limits.length) {
      throw Arguments.outside("limit", limit.per(), "the length of exactly one window");
    }
    reconfigure(found, limit);
  }

  /**
   * Changes the quota of one window, for keys without their own limit. Required if two windows have
   * the same length.
   *
   * @param window the position of the window in the order of the builder's calls, from 0
   * @throws IllegalArgumentException if there is no such window, or the limit has another length,
   *     or a burst or debt, or is unlimited or blocked; the old limit is kept
   */
  public synchronized void reconfigure(int window, Limit limit) {
    Arguments.range("window", window, 0, limits.length - 1);
    Limit[] next = limits.clone();
    if (!next[window].per().equals(WindowCounterSettings.plain(limit).per())) {
      throw Arguments.outside("limit", limit.per(), next[window].per().toString());
    }
    next[window] = limit;
    limits = next;
  }

  /** Counts the keys with requests in a current window. Scans all keys: for status pages. */
  public long liveKeys() {
    return states.live();
  }

  /** Returns the number of decisions made by the {@link OverflowPolicy}, for lack of slots. */
  public long overflows() {
    return states.overflows();
  }

  /** Returns the number of stored states, idle ones included. */
  int held() {
    return states.size();
  }

  private <R> R on(K key, WindowStates.Action<R> action) {
    long hashed = hash.applyAsLong(Arguments.notNull("key", key));
    return states.apply(hashed, limitsOf(key), action);
  }

  private Limit[] limitsOf(K key) {
    Limit[] current = limits;
    Limit[] own = null;
    for (int i = 0; i < current.length; i++) {
      LimitResolver<? super K> resolver = resolvers.get(i);
      Limit limit = resolver == null ? null : resolver.limitOf(key);
      if (limit != null) {
        own = own == null ? current.clone() : own;
        own[i] = limit;
      }
    }
    return own == null ? current : own;
  }
}
