package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Counts requests per key in windows of time: a quota such as 1000 per day. With several windows, a
 * request is counted in all of them or in none. Never delays.
 *
 * <table>
 * <caption>Kinds of windows</caption>
 * <tr><td>{@link Builder#fixed}<td>starts with the first request, as in {@code resty.limit.count};
 *   up to twice its quota around its end
 * <tr><td>{@link Builder#sliding}<td>ends now; never more than its quota in any interval of its
 *   length, a permit is returned up to a sixteenth of it late
 * <tr><td>{@link Builder#slidingEstimate}<td>ends now, estimated from two counts as nginx-plus and
 *   CDNs do: smooth for even traffic, up to nearly twice its quota for uneven traffic
 * <tr><td>{@link Builder#calendar}<td>a day, month, … of a zone; up to twice its quota around its end
 * </table>
 *
 * <p>Thread-safe. Rejected requests are not counted. Keys are not stored, only 64 bits of their
 * hash under a secret seed, while a window counts requests for them, up to {@link Builder#maxKeys}.
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

  private WindowCounter(Builder<K> builder) {
    limits = builder.limits.toArray(Limit[]::new);
    resolvers = new ArrayList<>(builder.resolvers);
    var keyHash = new KeyHash();
    hash = builder.keyHash == null ? keyHash::hash : keyHash.seeded(builder.keyHash);
    ticker = builder.ticker;
    var windows = new WindowSet(builder.windows);
    states = new WindowStates(windows, builder.maxKeys, builder.overflow, ticker);
    waitQueue = WaitQueue.of(builder.maxWaiters);
  }

  /** Returns a builder; at least one window is required. */
  public static <K> Builder<K> builder() {
    return new Builder<>();
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
              : Reservation.refused(decision);
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
    Builder.plain(limit);
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
    if (!next[window].per().equals(Builder.plain(limit).per())) {
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

  /**
   * Collects the settings of a {@link WindowCounter}. Not thread-safe.
   *
   * @param <K> the type of the keys
   */
  public static final class Builder<K> {
    private static final int PARTS = 16;

    private final List<Window> windows = new ArrayList<>();
    private final List<Limit> limits = new ArrayList<>();
    private final List<@Nullable LimitResolver<? super K>> resolvers = new ArrayList<>();
    private @Nullable ToLongFunction<? super K> keyHash;
    private OverflowPolicy overflow = OverflowPolicy.SHARE;
    private Ticker ticker = Ticker.system();
    private InstantSource clock = InstantSource.system();
    private int maxKeys = 100_000;
    private int maxWaiters = WaitQueue.DEFAULT_MAX_WAITERS;

    private Builder() {}

    /**
     * Adds a window that starts with the first request counted.
     *
     * @throws IllegalArgumentException if the limit has a burst or debt, or is unlimited or blocked
     */
    public Builder<K> fixed(Limit limit) {
      return add(new FixedWindow(plain(limit).per()), limit);
    }

    /**
     * Adds a sliding window that is counted in sixteen parts: never more than the limit in any
     * interval of its length. A permit is returned up to a sixteenth of the length late. Takes 168
     * bytes per key.
     *
     * @throws IllegalArgumentException if the limit has a burst or debt, or is unlimited or blocked
     */
    public Builder<K> sliding(Limit limit) {
      return add(new SlidingWindow(plain(limit).per(), PARTS), limit);
    }

    /**
     * Adds a sliding window that is estimated from two counts, as if the requests of the previous
     * one had been spread evenly. If they were not, up to nearly twice the limit is admitted in one
     * length; {@link #sliding} never exceeds it.
     *
     * @throws IllegalArgumentException if the limit has a burst or debt, or is unlimited or blocked
     */
    public Builder<K> slidingEstimate(Limit limit) {
      return add(new EstimatedWindow(plain(limit).per()), limit);
    }

    /**
     * Adds a calendar window: an hour, day, week (from Monday), month or year in a time zone.
     *
     * @param permits the quota of each period, at least 1
     * @throws IllegalArgumentException if the unit is another one
     */
    public Builder<K> calendar(long permits, ChronoUnit unit, ZoneId zone) {
      var period = new CalendarPeriod(unit, zone);
      Limit limit = Limit.of(permits, period.length());
      // Read lazily, since the clock can be set later.
      return add(new CalendarWindow(period, () -> clock.instant()), limit);
    }

    private Builder<K> add(Window window, Limit limit) {
      windows.add(window);
      limits.add(limit);
      resolvers.add(null);
      return this;
    }

    static Limit plain(Limit limit) {
      if (requireNonNull(limit, "limit").burst() != 0
          || limit.maxDebt() != 0
          || limit.overdraft() != 0
          || limit.isUnlimited()
          || limit.isBlocked()) {
        throw Arguments.outside("limit", limit, "permits in a time, without burst or debt");
      }
      return limit;
    }

    /**
     * Sets the resolver for keys with their own limits, for the window added last. Only the permits
     * of these limits apply; the length is the window's. A key whose limit changes keeps its count.
     * Default: none.
     *
     * @throws IllegalStateException if no window has been added
     */
    public Builder<K> limits(LimitResolver<? super K> resolver) {
      if (windows.isEmpty()) {
        throw new IllegalStateException("limits: no window (expected: after a window)");
      }
      resolvers.set(resolvers.size() - 1, requireNonNull(resolver, "resolver"));
      return this;
    }

    /** Sets a function that maps a key to 64 bits; see {@link KeyedLeakyBucket.Builder#keyHash}. */
    public Builder<K> keyHash(ToLongFunction<? super K> keyHash) {
      this.keyHash = requireNonNull(keyHash, "keyHash");
      return this;
    }

    /**
     * Sets the treatment of keys without a slot: they share one count, are rejected, or are
     * admitted and not counted. Default: they share. With a long window, sharing locks new keys out
     * until it ends if more than {@link #maxKeys} keys are counted.
     *
     * @throws IllegalArgumentException if it is {@link OverflowPolicy#EVICT_LEAST_DEBT}
     */
    public Builder<K> overflow(OverflowPolicy policy) {
      if (requireNonNull(policy, "policy") == OverflowPolicy.EVICT_LEAST_DEBT) {
        throw new IllegalArgumentException(
            "overflow: EVICT_LEAST_DEBT (expected: SHARE, REJECT or ALLOW)");
      }
      this.overflow = policy;
      return this;
    }

    /** Sets the time source. Default: {@link Ticker#system()}. */
    public Builder<K> ticker(Ticker ticker) {
      this.ticker = requireNonNull(ticker, "ticker");
      return this;
    }

    /** Sets the wall clock of calendar windows. Default: the system's. */
    public Builder<K> clock(InstantSource clock) {
      this.clock = requireNonNull(clock, "clock");
      return this;
    }

    /** Sets the maximum number of keys, 1 to 100,000,000. Default: 100,000. */
    public Builder<K> maxKeys(int maxKeys) {
      Arguments.range("maxKeys", maxKeys, 1, 100_000_000);
      this.maxKeys = maxKeys;
      return this;
    }

    /** Sets the maximum number of waiters in {@code acquire}, 0 to 1,000,000. Default: 10,000. */
    public Builder<K> maxWaiters(int maxWaiters) {
      Arguments.range("maxWaiters", maxWaiters, 0, 1_000_000);
      this.maxWaiters = maxWaiters;
      return this;
    }

    /**
     * Builds the counter.
     *
     * @throws IllegalArgumentException if it has no window, or more than 16
     */
    public WindowCounter<K> build() {
      Arguments.range("windows", windows.size(), 1, 16);
      return new WindowCounter<>(this);
    }
  }
}
