package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
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
  private static final long[] NOWHERE = {};

  private final Gcra gcra;
  private final Ticker ticker;
  private final long origin;
  private final ToLongFunction<K> hash;
  private final SlotTable table;

  private KeyedLeakyBucket(Gcra gcra, Ticker ticker, ToLongFunction<K> hash, int maxKeys) {
    this.gcra = gcra;
    this.ticker = ticker;
    this.origin = ticker.read();
    this.hash = hash;
    this.table =
        new SlotTable((int) Math.min(Integer.MAX_VALUE / 3, maxKeys * 4L / 3 + 1), this::now);
  }

  /** Returns a builder; {@link Builder#limit} is required. */
  public static <K> Builder<K> builder() {
    return new Builder<>();
  }

  @Override
  public boolean tryAcquire(K key) {
    return decide(key, 1, SlotTable.Take.WITHOUT_DELAY, NOWHERE) == 0;
  }

  @Override
  public long decide(K key, long cost) {
    return decide(key, cost, SlotTable.Take.ALWAYS, NOWHERE);
  }

  @Override
  public Decision check(K key, long cost) {
    long[] backlog = new long[1];
    long answer = decide(key, cost, SlotTable.Take.ALWAYS, backlog);
    return Decision.of(gcra, answer, backlog[0]);
  }

  @Override
  public Decision peek(K key, long cost) {
    long[] backlog = new long[1];
    long answer = decide(key, cost, SlotTable.Take.NOTHING, backlog);
    return Decision.of(gcra, answer, backlog[0]);
  }

  private long decide(K key, long cost, SlotTable.Take take, long[] after) {
    LeakyBucket.checkCost(cost);
    long keyHash = hash.applyAsLong(requireNonNull(key, "key"));
    return table.decide(keyHash, gcra, cost, take, after);
  }

  private long now() {
    return gcra.units(ticker.read() - origin);
  }

  /** Returns the limit of each key. */
  public Limit limit() {
    return gcra.limit;
  }

  /** Counts the keys whose buckets have not drained. Looks at the whole table: for status pages. */
  public long liveKeys() {
    return table.live(gcra);
  }

  /**
   * Returns how many decisions were taken in a bucket shared by keys for which there was no room.
   */
  public long overflows() {
    return table.overflows();
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

    private Builder() {}

    /** Sets the limit of each key. Required. */
    public Builder<K> limit(Limit limit) {
      this.limit = requireNonNull(limit, "limit");
      return this;
    }

    /** Sets the source of time. Default: {@link Ticker#system()}. */
    public Builder<K> ticker(Ticker ticker) {
      this.ticker = requireNonNull(ticker, "ticker");
      return this;
    }

    /**
     * Sets how many keys in debt there is room for, 1 to 100,000,000; about 24 bytes each, taken at
     * once. Default: 100,000. A key is in debt only until its bucket has drained. Beyond that
     * number newcomers share buckets: their limit becomes tighter, never wider.
     */
    public Builder<K> maxKeys(int maxKeys) {
      if (maxKeys < 1 || maxKeys > 100_000_000) {
        throw new IllegalArgumentException("maxKeys: " + maxKeys + " (expected: 1..100000000)");
      }
      this.maxKeys = maxKeys;
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
     * Builds the limiter, with all buckets empty.
     *
     * @throws IllegalArgumentException if no limit was set, or a full bucket would take too long to
     *     drain
     */
    public KeyedLeakyBucket<K> build() {
      if (limit == null) {
        throw new IllegalArgumentException("limit: not set (expected: a limit)");
      }
      var hash = new KeyHash();
      ToLongFunction<K> function = keyHash == null ? hash::hash : hash.seeded(keyHash);
      return new KeyedLeakyBucket<>(new Gcra(limit), ticker, function, maxKeys);
    }
  }
}
