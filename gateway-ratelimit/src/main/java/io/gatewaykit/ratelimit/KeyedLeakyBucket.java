package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import java.time.Duration;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A leaky bucket for each of many keys, in a fixed amount of memory (see {@link Builder#maxKeys}).
 *
 * <p>Thread-safe; never blocks; {@link #decide} and {@link #tryAcquire} allocate nothing. Keys are
 * not kept, only 64 bits of their hash under a secret seed.
 *
 * @param <K> what tells one caller from another: a string, number, address or UUID, or any type
 *     with a {@link Builder#keyHash} of its own
 */
public final class KeyedLeakyBucket<K> implements RateLimiter<K> {
  private final BucketStore<K> store;
  private final Ticker ticker;
  private final long spare;

  private KeyedLeakyBucket(BucketStore<K> store, Ticker ticker, long spare) {
    this.store = store;
    this.ticker = ticker;
    this.spare = spare;
  }

  /** Returns a builder; {@link Builder#limit} is required. */
  public static <K> Builder<K> builder() {
    return new Builder<>();
  }

  @Override
  public boolean tryAcquire(K key) {
    return store.take(Arguments.key(key), 1, spare, 0) == 0;
  }

  @Override
  public long decide(K key, long cost) {
    Arguments.key(key);
    return store.take(key, Arguments.cost(cost), spare, Long.MAX_VALUE);
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
    Arguments.key(key);
    return store.decide(key, Arguments.cost(cost), spare, maxDelay);
  }

  @Override
  public Reservation reserve(K key, long cost, Duration maxDelay) {
    Arguments.key(key);
    long most = Arguments.nanos("maxDelay", maxDelay);
    return store.reserve(key, Arguments.cost(cost), spare, most);
  }

  @Override
  public Ticker ticker() {
    return ticker;
  }

  /** Returns the limit of each key that has none of its own. */
  public Limit limit() {
    return store.limit();
  }

  /**
   * Returns a limiter over these same buckets that leaves so many permits of each burst to others:
   * for callers of lower priority, who are refused first.
   *
   * @param spare how many, 0 to the burst
   * @throws IllegalArgumentException if there are not so many
   */
  public KeyedLeakyBucket<K> leaving(long spare) {
    Arguments.range("spare", spare, 0, limit().burst());
    return new KeyedLeakyBucket<>(store, ticker, spare);
  }

  /**
   * Changes the limit of all keys that have none of their own. Backlogs stay what they are in
   * requests, as {@code resty.limit.req} has it. Looks at the whole table once; decisions go on
   * meanwhile. Reservations made before give nothing back afterwards.
   *
   * @throws IllegalArgumentException if a full bucket would take too long to drain; the old limit
   *     stays
   */
  public void reconfigure(Limit limit) {
    store.reconfigure(new Gcra(requireNonNull(limit, "limit")));
  }

  /** Counts the keys whose buckets have not drained. Looks at the whole table: for status pages. */
  public long liveKeys() {
    return store.live();
  }

  /** Returns how many decisions were taken by the {@link OverflowPolicy}, for lack of room. */
  public long overflows() {
    return store.overflows();
  }

  /**
   * Returns how many permits the keys owed, about, that {@link OverflowPolicy#EVICT_LEAST_DEBT}
   * forgot: what was admitted beyond all limits is no more.
   */
  public long evictedPermits() {
    return store.evictedPermits();
  }

  /**
   * Collects the settings of a {@link KeyedLeakyBucket}. Not thread-safe.
   *
   * @param <K> the type of the keys
   */
  public static final class Builder<K> {
    private @Nullable Limit limit;
    private Ticker ticker = Ticker.system();
    private int maxKeys = 100_000;
    private @Nullable ToLongFunction<? super K> keyHash;
    private @Nullable LimitResolver<? super K> limits;
    private boolean exactKeys;
    private OverflowPolicy overflow = OverflowPolicy.SHARE;

    private Builder() {}

    /** Sets the limit of each key. Required. */
    public Builder<K> limit(Limit limit) {
      this.limit = requireNonNull(limit, "limit");
      return this;
    }

    /** Sets who tells the limit of a key that has one of its own. Default: none has. */
    public Builder<K> limits(LimitResolver<? super K> resolver) {
      this.limits = requireNonNull(resolver, "resolver");
      return this;
    }

    /** Sets the source of time. Default: {@link Ticker#system()}. */
    public Builder<K> ticker(Ticker ticker) {
      this.ticker = requireNonNull(ticker, "ticker");
      return this;
    }

    /**
     * Sets how many keys in debt there is room for, 1 to 100,000,000; about 26 bytes each, taken at
     * once. Default: 100,000. A key is in debt only until its bucket has drained. Beyond that
     * number, and for a few in a hundred keys when it is reached, see {@link #overflow}.
     */
    public Builder<K> maxKeys(int maxKeys) {
      if (maxKeys < 1 || maxKeys > 100_000_000) {
        throw new IllegalArgumentException("maxKeys: " + maxKeys + " (expected: 1..100000000)");
      }
      this.maxKeys = maxKeys;
      return this;
    }

    /** Sets what happens to keys for which there is no room. Default: they share a bucket. */
    public Builder<K> overflow(OverflowPolicy policy) {
      this.overflow = requireNonNull(policy, "policy");
      return this;
    }

    /**
     * Sets how to make 64 well spread bits of a key. Default: the whole value of strings, numbers,
     * addresses and UUIDs; keys of other types need this.
     */
    public Builder<K> keyHash(ToLongFunction<? super K> keyHash) {
      this.keyHash = requireNonNull(keyHash, "keyHash");
      return this;
    }

    /**
     * Sets to keep the keys themselves, in a Caffeine cache, and tell them apart by equals. Needs
     * {@code com.github.ben-manes.caffeine:caffeine}, several times the memory and time, and
     * allocates. Default: 64 bits of each key's hash are enough.
     */
    public Builder<K> exactKeys() {
      this.exactKeys = true;
      return this;
    }

    /**
     * Builds the limiter, with all buckets empty.
     *
     * @throws IllegalArgumentException if no limit was set, a full bucket would take too long to
     *     drain, or exact keys are to be evicted
     */
    public KeyedLeakyBucket<K> build() {
      if (limit == null) {
        throw new IllegalArgumentException("limit: not set (expected: a limit)");
      }
      var plan = new Gcra(limit);
      Plans<K> plans = limits == null ? null : new Plans<>(limits);
      return new KeyedLeakyBucket<>(
          exactKeys ? exact(plan, plans) : hashed(plan, plans), ticker, 0);
    }

    private BucketStore<K> exact(Gcra plan, @Nullable Plans<K> plans) {
      if (overflow == OverflowPolicy.EVICT_LEAST_DEBT) { // to find that key is to look at them all
        throw new IllegalArgumentException(
            "overflow: EVICT_LEAST_DEBT (expected: SHARE, REJECT or ALLOW with exactKeys)");
      }
      return new CaffeineStore<>(maxKeys, plan, overflow, ticker, plans);
    }

    private BucketStore<K> hashed(Gcra plan, @Nullable Plans<K> plans) {
      var hash = new KeyHash();
      ToLongFunction<K> function = keyHash == null ? hash::hash : hash.seeded(keyHash);
      int slots = (int) (maxKeys * 3L / 2);
      return new HashedStore<>(new SlotTable(slots, plan, overflow, ticker), function, plans);
    }
  }
}
