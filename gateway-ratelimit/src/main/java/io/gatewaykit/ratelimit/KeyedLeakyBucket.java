// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import java.time.Duration;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A leaky bucket per key, in a fixed amount of memory (see {@link Builder#maxKeys}).
 *
 * <p>Thread-safe; never blocks. {@link #decide} and {@link #tryAcquire} do not allocate. Stores no
 * keys, only 64 bits of their hash under a secret seed.
 *
 * @param <K> the type of the keys: strings, numbers, addresses or UUIDs, or any type with {@link
 *     Builder#keyHash} set
 */
public final class KeyedLeakyBucket<K> implements RateLimiter<K> {
  private final BucketStore<K> store;
  private final Ticker ticker;
  private final WaitQueue<K> waitQueue;
  private final long reserved;

  private KeyedLeakyBucket(
      BucketStore<K> store, Ticker ticker, WaitQueue<K> waitQueue, long reserved) {
    this.store = store;
    this.ticker = ticker;
    this.waitQueue = waitQueue;
    this.reserved = reserved;
  }

  private static <K> KeyedLeakyBucket<K> of(Settings<K> settings) {
    var gcra = new Gcra(settings.limit);
    LimitResolver<? super K> resolver = settings.limits;
    KeyLimits<K> keyLimits = resolver == null ? null : new KeyLimits<>(resolver);
    return new KeyedLeakyBucket<>(
        settings.exactKeys ? exact(settings, gcra, keyLimits) : hashed(settings, gcra, keyLimits),
        settings.ticker,
        WaitQueue.ofBuckets(settings.maxWaiters),
        0);
  }

  private static <K> BucketStore<K> exact(
      Settings<K> settings, Gcra gcra, @Nullable KeyLimits<K> keyLimits) {
    return new CaffeineStore<>(
        settings.maxKeys, gcra, settings.overflow, settings.ticker, keyLimits);
  }

  private static <K> BucketStore<K> hashed(
      Settings<K> settings, Gcra gcra, @Nullable KeyLimits<K> keyLimits) {
    var hash = new KeyHash();
    ToLongFunction<? super K> own = settings.keyHash;
    ToLongFunction<K> function = own == null ? hash::hash : hash.seeded(own);
    var memory = new SlotMemory((int) (settings.maxKeys * 3L / 2));
    var table = new SlotTable(memory, gcra, settings.overflow, settings.ticker);
    return new HashedStore<>(table, new SlotReservations(table, memory), function, keyLimits);
  }

  private record Settings<K>(
      Limit limit,
      @Nullable LimitResolver<? super K> limits,
      int maxKeys,
      OverflowPolicy overflow,
      boolean exactKeys,
      @Nullable ToLongFunction<? super K> keyHash,
      int maxWaiters,
      Ticker ticker) {}

  /** Returns a builder; {@link Builder#limit} is required. */
  public static <K> Builder<K> builder() {
    return new Builder<>();
  }

  @Override
  public boolean tryAcquire(K key) {
    return store.take(Arguments.notNull("key", key), 1, reserved, 0) == 0;
  }

  @Override
  public long decide(K key, long cost) {
    Arguments.notNull("key", key);
    long permits = Arguments.notNegative("cost", cost);
    return permits == 0
        ? store.take(key, 1, reserved, BucketStore.NOTHING)
        : store.take(key, permits, reserved, Long.MAX_VALUE);
  }

  @Override
  public Decision check(K key, long cost) {
    return decision(key, cost, Long.MAX_VALUE);
  }

  @Override
  public Decision peek(K key, long cost) {
    return decision(key, cost, BucketStore.NOTHING);
  }

  private Decision decision(K key, long cost, long maxDelay) {
    Arguments.notNull("key", key);
    long permits = Arguments.notNegative("cost", cost);
    return permits == 0
        ? store.decide(key, 1, reserved, BucketStore.NOTHING)
        : store.decide(key, permits, reserved, maxDelay);
  }

  @Override
  public Decision peek(K key, long cost, Duration maxDelay) {
    Arguments.notNull("key", key);
    long most = Arguments.nanos("maxDelay", maxDelay);
    return store.peek(key, Math.max(1, Arguments.notNegative("cost", cost)), reserved, most);
  }

  @Override
  public Reservation reserve(K key, long cost, Duration maxDelay) {
    long most = Arguments.nanos("maxDelay", maxDelay);
    if (Arguments.notNegative("cost", cost) == 0) {
      return Reservation.free(peek(key, 0, maxDelay), actual -> charge(key, actual));
    }
    return store.reserve(Arguments.notNull("key", key), cost, reserved, most);
  }

  @Override
  public long tryAcquireUpTo(K key, long max) {
    Arguments.notNull("key", key);
    return store.takeUpTo(key, Arguments.notNegative("cost", max), reserved);
  }

  @Override
  public Balance charge(K key, long cost) {
    Arguments.notNull("key", key);
    return store.charge(key, Arguments.notNegative("cost", cost), reserved);
  }

  @Override
  public void reset(K key) {
    store.reset(Arguments.notNull("key", key));
  }

  @Override
  public WaitQueue<K> waitQueue() {
    return waitQueue;
  }

  @Override
  public Ticker ticker() {
    return ticker;
  }

  /** Returns the limit of keys without their own. */
  public Limit limit() {
    return store.limit();
  }

  /**
   * Returns a limiter on the same buckets that reserves part of each burst for other callers: for
   * callers of lower priority, which are rejected first.
   *
   * @param reserved the number of permits to reserve, 0 to the burst
   * @throws IllegalArgumentException if it is out of range
   */
  public KeyedLeakyBucket<K> withReserved(long reserved) {
    Arguments.range("reserved", reserved, 0, limit().burst());
    return new KeyedLeakyBucket<>(store, ticker, waitQueue, reserved);
  }

  /**
   * Changes the limit of all keys without their own. Backlogs are unchanged in requests, as in
   * {@code resty.limit.req}. Scans the table once, concurrently with decisions. Earlier
   * reservations can no longer be refunded.
   *
   * @throws IllegalArgumentException if a full bucket would take too long to drain; the old limit
   *     is kept
   */
  public void reconfigure(Limit limit) {
    store.reconfigure(new Gcra(requireNonNull(limit, "limit")));
  }

  /** Counts the keys whose buckets have not drained. Scans the entire table: for status pages. */
  public long liveKeys() {
    return store.live();
  }

  /** Returns the number of decisions made by the {@link OverflowPolicy}, for lack of slots. */
  public long overflows() {
    return store.overflows();
  }

  /**
   * Returns the approximate number of permits owed by keys that {@link
   * OverflowPolicy#EVICT_LEAST_DEBT} evicted, which bounds the permits admitted above all limits.
   */
  public long evictedPermits() {
    return store.evictedPermits();
  }

  /**
   * Collects the settings of a {@link KeyedLeakyBucket}. Not thread-safe. A setting that is set
   * twice is an {@link IllegalStateException}.
   *
   * @param <K> the type of the keys
   */
  public static final class Builder<K> {
    private @Nullable Limit limit;
    private @Nullable Ticker ticker;
    private @Nullable Integer maxKeys;
    private @Nullable ToLongFunction<? super K> keyHash;
    private @Nullable LimitResolver<? super K> limits;
    private @Nullable Boolean exactKeys;
    private @Nullable Integer maxWaiters;
    private @Nullable OverflowPolicy overflow;

    private Builder() {}

    /** Sets the limit of each key. Required. */
    public Builder<K> limit(Limit limit) {
      this.limit = Arguments.once("limit", this.limit, limit);
      return this;
    }

    /**
     * Sets the resolver for keys with their own limits. Default: none.
     *
     * <p>A key whose limit changes keeps its backlog in time, with {@link #exactKeys} in requests:
     * a bucket that drains within an hour still does so at the new rate. After an upgrade, call
     * {@link KeyedLeakyBucket#reset}, or the old backlog still has to drain; after a downgrade the
     * key starts with a smaller backlog in requests. {@link KeyedLeakyBucket#reconfigure} keeps
     * requests.
     */
    public Builder<K> limits(LimitResolver<? super K> resolver) {
      this.limits = Arguments.once("limits", limits, requireNonNull(resolver, "resolver"));
      return this;
    }

    /** Sets the time source. Default: {@link Ticker#system()}. */
    public Builder<K> ticker(Ticker ticker) {
      this.ticker = Arguments.once("ticker", this.ticker, ticker);
      return this;
    }

    /**
     * Sets the maximum number of keys in debt, 1 to 100,000,000; about 26 bytes each, allocated
     * immediately. Default: 100,000. A key is in debt only until its bucket has drained. Beyond
     * that number, and for a few percent of the keys close to it, {@link #overflow} applies.
     */
    public Builder<K> maxKeys(int maxKeys) {
      Arguments.range("maxKeys", maxKeys, 1, 100_000_000);
      this.maxKeys = Arguments.once("maxKeys", this.maxKeys, maxKeys);
      return this;
    }

    /** Sets the treatment of keys without a slot. Default: they share a bucket. */
    public Builder<K> overflow(OverflowPolicy policy) {
      this.overflow = Arguments.once("overflow", overflow, requireNonNull(policy, "policy"));
      return this;
    }

    /**
     * Sets a function that maps a key to 64 bits, with as few collisions as possible; its result is
     * mixed with a secret. Default: the entire value of strings, numbers, addresses, UUIDs, URIs,
     * enums, booleans, characters, byte arrays, and records or lists of them. Required for other
     * types; without it their first use throws.
     */
    public Builder<K> keyHash(ToLongFunction<? super K> keyHash) {
      this.keyHash = Arguments.once("keyHash", this.keyHash, keyHash);
      return this;
    }

    /**
     * Stores the keys themselves, in a Caffeine cache, and compares them by equals. Requires {@code
     * com.github.ben-manes.caffeine:caffeine} 3.0.0 or later, several times the memory and time,
     * and allocates. Default: 64 bits of each key's hash are stored.
     */
    public Builder<K> exactKeys() {
      this.exactKeys = Arguments.once("exactKeys", exactKeys, true);
      return this;
    }

    /** Sets the maximum number of waiters in {@code acquire}, 0 to 1,000,000. Default: 10,000. */
    public Builder<K> maxWaiters(int maxWaiters) {
      WaitQueue.checkMaxWaiters(maxWaiters);
      this.maxWaiters = Arguments.once("maxWaiters", this.maxWaiters, maxWaiters);
      return this;
    }

    /**
     * Builds the limiter, with all buckets empty.
     *
     * @throws IllegalArgumentException if no limit was set, a full bucket would take too long to
     *     drain, or exact keys are combined with {@link OverflowPolicy#EVICT_LEAST_DEBT}
     */
    public KeyedLeakyBucket<K> build() {
      if (limit == null) {
        throw new IllegalArgumentException("limit: not set (expected: a limit)");
      }
      if (exactKeys != null && overflow == OverflowPolicy.EVICT_LEAST_DEBT) { // would scan all keys
        throw new IllegalArgumentException(
            "overflow: EVICT_LEAST_DEBT (expected: SHARE, REJECT or ALLOW with exactKeys)");
      }
      return KeyedLeakyBucket.of(
          new Settings<>(
              limit,
              limits,
              maxKeys == null ? 100_000 : maxKeys,
              overflow == null ? OverflowPolicy.SHARE : overflow,
              exactKeys != null,
              keyHash,
              maxWaiters == null ? WaitQueue.DEFAULT_MAX_WAITERS : maxWaiters,
              ticker == null ? Ticker.system() : ticker));
    }
  }
}
