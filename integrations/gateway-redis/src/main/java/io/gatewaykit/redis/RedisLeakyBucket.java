// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.ratelimit.Balance;
import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.Gcra;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.LimitResolver;
import io.gatewaykit.ratelimit.RateLimiter;
import io.gatewaykit.ratelimit.Reservation;
import io.gatewaykit.ratelimit.WaitQueue;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A leaky bucket per key, shared by all nodes that use the same Redis. Makes the same decisions as
 * {@link io.gatewaykit.ratelimit.KeyedLeakyBucket}, on the server's clock.
 *
 * <p>A decision is exact, and takes one script on one key in one round trip. {@link
 * Builder#coalescing}, {@link Builder#denyCache} and {@link Builder#lease} reduce the number of
 * round trips; each documents its cost in accuracy.
 *
 * <p>Thread-safe. The asynchronous methods never block a thread; the others wait for Redis, at most
 * until the store's deadline, and must not be called on an event loop. {@link
 * io.gatewaykit.ratelimit.RateLimitGuard} uses the asynchronous ones.
 *
 * @param <K> the type of the keys: strings, numbers, addresses or UUIDs, or any type with {@link
 *     Builder#keyText} set
 */
public final class RedisLeakyBucket<K> implements RateLimiter<K>, AutoCloseable {
  private static final int MAX_TIERS = 1024;

  private final Function<K, String> names;
  private final @Nullable LimitResolver<? super K> limits;
  private final ConcurrentHashMap<Limit, Gcra> tiers = new ConcurrentHashMap<>();
  private final BucketPipeline pipeline;
  private final WaitQueue<K> waitQueue = WaitQueue.of(WaitQueue.DEFAULT_MAX_WAITERS);
  private final Ticker ticker;
  private volatile Gcra gcra;

  private RedisLeakyBucket(
      Function<K, String> names,
      @Nullable LimitResolver<? super K> limits,
      BucketSettings settings,
      Gcra gcra) {
    this.gcra = gcra;
    this.names = names;
    this.limits = limits;
    this.ticker = settings.ticker();
    this.pipeline = new BucketPipeline(settings);
  }

  /**
   * Returns a builder; {@link Builder#limit} is required.
   *
   * @param name the name of the limiter, in printable ASCII without colons; keys in Redis start
   *     with it and a colon. Limiters with the same name share buckets. In a cluster, {@code {…}}
   *     in it is a hash tag.
   */
  public static <K> Builder<K> builder(RedisStore store, String name) {
    return new Builder<>(store, name);
  }

  @Override
  public WaitQueue<K> waitQueue() {
    return waitQueue;
  }

  @Override
  public boolean isRemote() {
    return true;
  }

  @Override
  public boolean tryAcquire(K key) {
    return pipeline.check(names.apply(key), gcraOf(key), 1, 0).join().answer() == 0;
  }

  @Override
  public long decide(K key, long cost) {
    return checkAsync(key, cost).join().answer();
  }

  @Override
  public Decision check(K key, long cost) {
    return checkAsync(key, cost).join();
  }

  @Override
  public Decision peek(K key, long cost) {
    return peekAsync(key, cost).join();
  }

  @Override
  public Decision peek(K key, long cost, Duration maxDelay) {
    return peekAsync(key, cost, maxDelay).join();
  }

  @Override
  public Reservation reserve(K key, long cost, Duration maxDelay) {
    return reserveAsync(key, cost, maxDelay).join();
  }

  @Override
  public Balance charge(K key, long cost) {
    return chargeAsync(key, cost).join();
  }

  @Override
  public void reset(K key) {
    resetAsync(key).join();
  }

  @Override
  public CompletableFuture<Decision> checkAsync(K key, long cost) {
    return pipeline.check(
        names.apply(key), gcraOf(key), Arguments.notNegative("cost", cost), Long.MAX_VALUE);
  }

  @Override
  public CompletableFuture<Decision> peekAsync(K key, long cost) {
    return pipeline.peek(
        names.apply(key), gcraOf(key), Arguments.notNegative("cost", cost), Long.MAX_VALUE);
  }

  @Override
  public CompletableFuture<Decision> peekAsync(K key, long cost, Duration maxDelay) {
    long most = Arguments.nanos("maxDelay", maxDelay);
    return pipeline.peek(names.apply(key), gcraOf(key), Arguments.notNegative("cost", cost), most);
  }

  @Override
  public CompletableFuture<Reservation> reserveAsync(K key, long cost, Duration maxDelay) {
    long most = Arguments.nanos("maxDelay", maxDelay);
    Supplier<Gcra> gcra = () -> gcraOf(key);
    return pipeline.reserve(
        names.apply(key), gcra.get(), Arguments.notNegative("cost", cost), most, gcra);
  }

  /**
   * Equivalent to {@link #charge}, without blocking a thread. If Redis does not accept the charge,
   * it is applied to this node's share and counted in {@link RedisLimiterSnapshot#lostSettlements}.
   */
  @Override
  public CompletableFuture<Balance> chargeAsync(K key, long cost) {
    return pipeline.charge(names.apply(key), gcraOf(key), Arguments.notNegative("cost", cost));
  }

  /** Empties the bucket of a key; equivalent to {@link #reset}, without blocking a thread. */
  public CompletableFuture<Void> resetAsync(K key) {
    return pipeline.reset(names.apply(key), gcraOf(key));
  }

  private Gcra gcraOf(K key) {
    Limit limit = limits == null ? null : limits.limitOf(key);
    if (limit == null) {
      return gcra;
    }
    Gcra tier = tiers.get(limit);
    if (tier == null) {
      tier = BucketReplay.checked(new Gcra(limit));
      Gcra before = tiers.size() < MAX_TIERS ? tiers.putIfAbsent(limit, tier) : null;
      tier = before == null ? tier : before;
    }
    return tier;
  }

  @Override
  public Ticker ticker() {
    return ticker;
  }

  /** Returns the limit of keys without their own. */
  public Limit limit() {
    return gcra.limit();
  }

  /**
   * Changes the limit of all keys without their own, on this node; nothing is written to Redis. At
   * the next request, the backlog of a bucket is converted so that it is unchanged in requests.
   *
   * @throws IllegalArgumentException if a full bucket would take more than 52 days to drain; the
   *     old limit is kept
   */
  public void reconfigure(Limit limit) {
    gcra = BucketReplay.checked(new Gcra(requireNonNull(limit, "limit")));
  }

  /** Returns a snapshot of the counters. */
  public RedisLimiterSnapshot snapshot() {
    return pipeline.snapshot();
  }

  /**
   * Returns all prefetched permits. Required only with {@link Builder#lease}; the store stays open.
   */
  @Override
  public void close() {
    pipeline.close();
  }

  /**
   * Collects the settings of a {@link RedisLeakyBucket}. Not thread-safe.
   *
   * @param <K> the type of the keys
   */
  public static final class Builder<K> extends RedisLimiterBuilder<K, Builder<K>> {
    private @Nullable Limit limit;
    private @Nullable LimitResolver<? super K> limits;
    private @Nullable Boolean coalescing;
    private @Nullable Boolean denyCache;
    private @Nullable Integer lease;
    private Duration leaseLife = Duration.ZERO;
    private Ticker ticker = Ticker.system();

    private Builder(RedisStore store, String name) {
      super(store, name);
    }

    @Override
    Builder<K> self() {
      return this;
    }

    /** Sets the limit of each key. Required. */
    public Builder<K> limit(Limit limit) {
      this.limit = Arguments.once("limit", this.limit, limit);
      return this;
    }

    /** Sets the resolver for keys with their own limits. Default: none. */
    public Builder<K> limits(LimitResolver<? super K> resolver) {
      this.limits = Arguments.once("limits", limits, requireNonNull(resolver, "resolver"));
      return this;
    }

    /**
     * Sets whether requests for a key that arrive while a call for it is in flight are sent
     * together in the next call. Exact: each receives the decision that its own call at that
     * instant would have received. Default: true.
     */
    public Builder<K> coalescing(boolean coalescing) {
      this.coalescing = Arguments.once("coalescing", this.coalescing, coalescing);
      return this;
    }

    /**
     * Sets whether a rejected key is rejected locally until it could be admitted. Exact, except for
     * permits that another node returns meanwhile. Default: true.
     */
    public Builder<K> denyCache(boolean denyCache) {
      this.denyCache = Arguments.once("denyCache", this.denyCache, denyCache);
      return this;
    }

    /**
     * Enables prefetching of permits for keys that are busy on this node. All nodes together then
     * admit at most {@code burst + 1 + (W + life) · rate} in any interval W: the rate is kept, but
     * charged permits may be used up to {@code life} later. The retry time of a rejected caller may
     * be that of {@code permits} instead of one. Requires a burst without delay, since prefetched
     * permits must not wait. Default: disabled.
     *
     * @param permits the maximum number per lease, 1 to a tenth of the burst without delay
     * @param life the lifetime of a lease, at most half of the time in which the burst drains
     * @throws IllegalArgumentException if one is not positive; {@link #build} checks the rest
     */
    public Builder<K> lease(int permits, Duration life) {
      Arguments.range("permits", permits, 1, Integer.MAX_VALUE);
      if (requireNonNull(life, "life").isNegative() || life.isZero()) {
        throw Arguments.outside("life", life, "> 0");
      }
      this.lease = Arguments.once("lease", lease, permits);
      this.leaseLife = life;
      return this;
    }

    /** Sets the time source for local state. For tests. */
    Builder<K> ticker(Ticker ticker) {
      this.ticker = ticker;
      return this;
    }

    /**
     * Builds the limiter.
     *
     * @throws IllegalArgumentException if no limit was set, a full bucket takes more than 52 days
     *     to drain, a node's share is below one permit in ten years, or a lease does not fit the
     *     limit
     */
    public RedisLeakyBucket<K> build() {
      if (limit == null) {
        throw Arguments.outside("limit", "not set", "a limit");
      }
      Gcra gcra = BucketReplay.checked(new Gcra(limit));
      LimiterSettings common = common();
      if (common.failurePolicy() == FailurePolicy.LOCAL) {
        var unused = Fallback.share(limit, common.nodes());
      }
      if (lease != null) {
        checkLease(limit, gcra, lease);
      }
      var settings =
          new BucketSettings(
              common,
              coalescing == null || coalescing,
              denyCache == null || denyCache,
              lease == null ? 0 : lease,
              Arguments.nanos("life", leaseLife),
              ticker);
      return new RedisLeakyBucket<>(names(), limits, settings, gcra);
    }

    private void checkLease(Limit limit, Gcra gcra, int permits) {
      long most = PermitCache.maxSize(limit, Long.MAX_VALUE);
      if (permits > most) {
        throw Arguments.outside(
            "permits", permits, "1.." + most + ", a tenth of the undelayed burst");
      }
      Duration longest = Duration.ofNanos(PermitCache.maxLife(gcra));
      if (leaseLife.compareTo(longest) > 0) {
        throw Arguments.outside(
            "life", leaseLife, "at most " + longest + ", half of what the burst takes to drain");
      }
    }
  }
}
