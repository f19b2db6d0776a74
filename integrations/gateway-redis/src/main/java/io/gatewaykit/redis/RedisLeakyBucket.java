package io.gatewaykit.redis;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.Decision.Source;
import io.gatewaykit.ratelimit.Gcra;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.LimitResolver;
import io.gatewaykit.ratelimit.RateLimiter;
import io.gatewaykit.ratelimit.Reservation;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A leaky bucket for each of many keys, shared by all nodes that use the same Redis. It answers as
 * {@link io.gatewaykit.ratelimit.KeyedLeakyBucket} does, by the server's clock.
 *
 * <p>A decision is one script on one key, one round trip, and exact. Less than that is possible:
 * see {@link Builder#coalescing}, {@link Builder#denyCache} and {@link Builder#lease}, each of
 * which says what it costs in accuracy.
 *
 * <p>Thread-safe. The asynchronous methods never hold a thread; the others wait for Redis, at most
 * until the store's deadline, and must not be called on an event loop. {@link
 * io.gatewaykit.ratelimit.RateLimitGuard} uses the asynchronous ones.
 *
 * @param <K> what tells one caller from another: a string, number, address or UUID, or any type
 *     with a {@link Builder#keyText} of its own
 */
public final class RedisLeakyBucket<K> implements RateLimiter<K>, AutoCloseable {
  private static final Script SCRIPT = Script.load(Script.SERVER_CLOCK, "bucket.lua");
  private static final Script TEST_SCRIPT = Script.load(Script.CALLERS_CLOCK, "bucket.lua");
  private static final int MOST_TIERS = 1024;

  private final RedisStore store;
  private final Function<K, String> names;
  private final @Nullable LimitResolver<? super K> limits;
  private final ConcurrentHashMap<Limit, Gcra> tiers = new ConcurrentHashMap<>();
  private final BucketCalls calls;
  private final Layers layers;
  private final Fallback fallback;
  private final @Nullable DenyCache denyCache;
  private final @Nullable Leases leases;
  private final int quantum;
  private final Ticker ticker;
  private volatile Gcra plan;

  private final LongAdder remote = new LongAdder();
  private final LongAdder leased = new LongAdder();
  private final LongAdder denied = new LongAdder();
  private final LongAdder fallbacks = new LongAdder();

  private RedisLeakyBucket(Builder<K> builder, Gcra plan) {
    this.store = builder.store;
    this.plan = plan;
    this.names = new KeyNames<>(builder.name, builder.keyText);
    this.limits = builder.limits;
    this.ticker = builder.ticker;
    this.fallback =
        new Fallback(builder.failurePolicy, builder.nodes, builder.fallbackKeys, ticker);
    this.denyCache = builder.denyCache ? new DenyCache(ticker) : null;
    this.leases = builder.lease == 0 ? null : new Leases(builder.lease, builder.leaseLife);
    this.quantum = builder.lease;
    this.layers = new Layers();
    this.calls =
        new BucketCalls(
            store,
            builder.scriptClock == null ? SCRIPT : TEST_SCRIPT,
            builder.coalescing,
            ticker,
            builder.scriptClock,
            layers);
  }

  /**
   * Returns a builder; {@link Builder#limit} is required.
   *
   * @param name of the limiter, in printable ASCII: keys in Redis begin with it and a colon. Two
   *     limiters of one name share buckets. In a cluster, {@code {…}} in it is a hash tag.
   */
  public static <K> Builder<K> builder(RedisStore store, String name) {
    return new Builder<>(requireNonNull(store, "store"), KeyNames.checked(name));
  }

  /** Brings leases along with calls, learns from replies, and decides where there are none. */
  private final class Layers implements BucketCalls.Companion, Ask.Owner {
    @Override
    public void join(
        String key, Gcra of, long sentAt, List<BucketOp> before, List<BucketOp> after) {
      if (leases == null) {
        return;
      }
      Settlement leftover = leases.leftover(key, of, sentAt);
      if (leftover != null) {
        before.add(leftover);
      }
      long wanted = leases.wanted(key, of, sentAt);
      if (wanted > 0) {
        after.add(new LeaseOp(leases, key, of, wanted, sentAt));
      }
    }

    @Override
    public void learn(String key, Gcra of, long sentAt, long backlog) {
      if (denyCache != null) {
        denyCache.learn(key, of, sentAt, backlog);
      }
    }

    @Override
    public void decided(Ask ask, Decision decision) {
      remote.increment();
      if (decision.admitted() && ask.maxDelay != Ask.NOTHING) {
        fallback.admitted(ask.key, ask.plan().limit(), ask.cost);
      }
    }

    @Override
    public Ask.Taken decide(Ask ask) {
      fallbacks.increment();
      Limit limit = ask.plan().limit();
      if (ask.maxDelay == Ask.NOTHING) {
        return new Ask.Taken(fallback.peek(ask.key, limit, ask.cost), null, null);
      }
      Reservation local =
          fallback.reserve(ask.key, limit, ask.cost, Duration.ofNanos(ask.maxDelay));
      return new Ask.Taken(local.decision(), null, local);
    }
  }

  @Override
  public boolean isRemote() {
    return true;
  }

  @Override
  public boolean tryAcquire(K key) {
    return decideWithin(key, 1, 0) == 0;
  }

  @Override
  public long decide(K key, long cost) {
    return decideWithin(key, cost, Long.MAX_VALUE);
  }

  private long decideWithin(K key, long cost, long maxDelay) {
    return asked(key, cost, maxDelay).join().answer();
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
  public Reservation reserve(K key, long cost, Duration maxDelay) {
    return reserveAsync(key, cost, maxDelay).join();
  }

  @Override
  public CompletableFuture<Decision> checkAsync(K key, long cost) {
    return asked(key, cost, Long.MAX_VALUE);
  }

  private CompletableFuture<Decision> asked(K key, long cost, long maxDelay) {
    String name = names.apply(key);
    Gcra of = planOf(key);
    Decision now = immediate(name, of, Arguments.cost(cost), maxDelay);
    if (now != null) {
      return CompletableFuture.completedFuture(now);
    }
    if (store.runner.refuses(name)) {
      return CompletableFuture.completedFuture(fallenBack(name, of, cost, maxDelay));
    }
    return submit(new Ask(name, of, cost, maxDelay, layers)).thenApply(Ask.Taken::decision);
  }

  private Decision fallenBack(String name, Gcra of, long cost, long maxDelay) {
    fallbacks.increment();
    return maxDelay == Long.MAX_VALUE
        ? fallback.check(name, of.limit(), cost)
        : fallback.reserve(name, of.limit(), cost, Duration.ofNanos(maxDelay)).decision();
  }

  @Override
  public CompletableFuture<Decision> peekAsync(K key, long cost) {
    String name = names.apply(key);
    Gcra of = planOf(key);
    if (isSpecial(of)) {
      return CompletableFuture.completedFuture(special(of, Arguments.cost(cost)));
    }
    return submit(new Ask(name, of, Arguments.cost(cost), Ask.NOTHING, layers))
        .thenApply(Ask.Taken::decision);
  }

  @Override
  public CompletableFuture<Reservation> reserveAsync(K key, long cost, Duration maxDelay) {
    String name = names.apply(key);
    Gcra of = planOf(key);
    long most = Arguments.nanos("maxDelay", maxDelay);
    Decision now = refusal(name, of, Arguments.cost(cost), most);
    if (isSpecial(of)) {
      now = special(of, cost);
    }
    if (now != null) {
      return CompletableFuture.completedFuture(
          now.admitted() ? Reservation.of(now, actual -> {}) : Reservation.refused(now));
    }
    if (store.runner.refuses(name)) {
      fallbacks.increment();
      return CompletableFuture.completedFuture(
          fallback.reserve(name, of.limit(), cost, Duration.ofNanos(most)));
    }
    return submit(new Ask(name, of, cost, most, layers))
        .thenApply(taken -> reservation(key, name, taken, of, cost));
  }

  private Reservation reservation(K key, String name, Ask.Taken taken, Gcra of, long cost) {
    if (!taken.decision().admitted()) {
      return Reservation.refused(taken.decision());
    }
    Reservation local = taken.local();
    if (local != null) {
      return local;
    }
    Receipt receipt = requireNonNull(taken.receipt());
    return Reservation.of(
        taken.decision(),
        actual -> {
          Gcra current = planOf(key);
          if (actual > cost) {
            calls.submit(name, new Settlement(current, current.weigh(actual - cost), null));
          } else if (actual < cost && current == of) {
            if (denyCache != null) {
              denyCache.forget(name);
            }
            calls.submit(name, new Settlement(of, of.weigh(cost) - of.weigh(actual), receipt));
          }
        });
  }

  private CompletableFuture<Ask.Taken> submit(Ask ask) {
    calls.submit(ask.key, ask);
    return ask.answer;
  }

  /** Answers what needs no Redis, and else null. */
  private @Nullable Decision immediate(String name, Gcra of, long cost, long maxDelay) {
    if (isSpecial(of)) {
      return special(of, cost);
    }
    if (leases != null) {
      Decision lease = leases.take(name, of, cost, ticker.read());
      if (lease != null) {
        leased.increment();
        fallback.admitted(name, of.limit(), cost);
        return lease;
      }
    }
    return refusal(name, of, cost, maxDelay);
  }

  /** Refuses by memory, if that is certain; else null. */
  private @Nullable Decision refusal(String name, Gcra of, long cost, long maxDelay) {
    if (denyCache == null) {
      return null;
    }
    long backlog = denyCache.backlog(name, of);
    // While even the least is refused nobody was admitted since, and the memory is exact. With
    // leases
    // it is not worth asking for less than one of them.
    long least = Math.max(1, Leases.most(of.limit(), quantum));
    if (backlog == 0 || of.decide(backlog, least, 0) >= 0) {
      return null;
    }
    long said = of.decide(backlog, Math.max(cost, least), 0);
    if (said == IMPOSSIBLE) {
      return null;
    }
    denied.increment();
    return Decision.of(of, said, backlog, 0, Source.DENY_CACHE).within(maxDelay);
  }

  private static boolean isSpecial(Gcra of) {
    return of.interval() == 0;
  }

  private static Decision special(Gcra of, long cost) {
    return Decision.of(of, of.decide(0, cost, 0), 0, 0, Source.LOCAL);
  }

  private Gcra planOf(K key) {
    Limit limit = limits == null ? null : limits.limitOf(key);
    if (limit == null) {
      return plan;
    }
    Gcra tier = tiers.get(limit);
    if (tier == null) {
      tier = BucketReplay.checked(new Gcra(limit));
      Gcra before = tiers.size() < MOST_TIERS ? tiers.putIfAbsent(limit, tier) : null;
      tier = before == null ? tier : before;
    }
    return tier;
  }

  @Override
  public Ticker ticker() {
    return ticker;
  }

  /** Returns the limit of each key that has none of its own. */
  public Limit limit() {
    return plan.limit();
  }

  /**
   * Changes the limit of all keys that have none of their own, on this node: nothing is written to
   * Redis. A bucket's backlog stays what it is in requests when it is next asked for.
   *
   * @throws IllegalArgumentException if a full bucket would take more than 52 days to drain; the
   *     old limit stays
   */
  public void reconfigure(Limit limit) {
    plan = BucketReplay.checked(new Gcra(requireNonNull(limit, "limit")));
  }

  /** Returns how the limiter stands. */
  public RedisLimiterSnapshot snapshot() {
    return new RedisLimiterSnapshot(
        remote.sum(),
        leased.sum(),
        denied.sum(),
        fallbacks.sum(),
        calls.repaired.sum(),
        calls.clockSteps.sum());
  }

  /** Gives back what was leased. Needed only with leases; the store stays open. */
  @Override
  public void close() {
    if (leases != null) {
      leases.close(calls::submit);
    }
  }

  /**
   * Collects the settings of a {@link RedisLeakyBucket}. Not thread-safe.
   *
   * @param <K> the type of the keys
   */
  public static final class Builder<K> {
    private final RedisStore store;
    private final String name;
    private @Nullable Limit limit;
    private @Nullable LimitResolver<? super K> limits;
    private Function<? super K, String> keyText = KeyNames::textOf;
    private FailurePolicy failurePolicy = FailurePolicy.LOCAL;
    private int nodes = 1;
    private int fallbackKeys = 100_000;
    private boolean coalescing = true;
    private boolean denyCache = true;
    private int lease;
    private long leaseLife;
    private Ticker ticker = Ticker.system();
    private @Nullable Ticker scriptClock;

    private Builder(RedisStore store, String name) {
      this.store = store;
      this.name = name;
    }

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

    /**
     * Sets how to write a key: unlike for unlike keys. Texts longer than 128 characters are stored
     * as their SHA-256. Default: strings, numbers, addresses, UUIDs, enums and lists of them.
     */
    public Builder<K> keyText(Function<? super K, String> keyText) {
      this.keyText = requireNonNull(keyText, "keyText");
      return this;
    }

    /** Sets what decides while Redis does not. Default: {@link FailurePolicy#LOCAL}. */
    public Builder<K> failurePolicy(FailurePolicy policy) {
      this.failurePolicy = requireNonNull(policy, "policy");
      return this;
    }

    /**
     * Sets among how many nodes the limit is shared while Redis does not serve, 1 to 10,000: each
     * then goes by that part of the rate and, rounded down, of the burst. Default: 1, so that each
     * node goes by the whole limit.
     */
    public Builder<K> nodes(int nodes) {
      this.nodes = (int) Arguments.range("nodes", nodes, 10_000);
      return this;
    }

    /**
     * Sets for how many keys there is room in the local limiter, 1 to 100,000,000; about 24 bytes
     * each. Default: 100,000.
     */
    public Builder<K> fallbackKeys(int keys) {
      this.fallbackKeys = (int) Arguments.range("keys", keys, 100_000_000);
      return this;
    }

    /**
     * Sets whether requests of one key that come while a call for it is under way go together with
     * the next call. Exact: each gets the answer it would have got by a call of its own at that
     * instant. Default: true.
     */
    public Builder<K> coalescing(boolean coalescing) {
      this.coalescing = coalescing;
      return this;
    }

    /**
     * Sets whether a refused key is refused here until it could be admitted. Loses nothing, but for
     * what another node gives back meanwhile. Default: true.
     */
    public Builder<K> denyCache(boolean denyCache) {
      this.denyCache = denyCache;
      return this;
    }

    /**
     * Sets to take permits ahead for keys that are busy on this node. All nodes together then use
     * at most {@code burst + 1 + (W + life) · rate} in any time W: the rate is kept, what was
     * charged may be used by {@code life} later. A refused caller may wait for {@code permits}
     * instead of one. Needs a burst without delay, since what is taken ahead must not have to wait.
     * Default: no.
     *
     * @param permits how many at most, 1 to a tenth of what passes without delay
     * @param life for how long they are kept, at most half of the time in which the burst drains
     * @throws IllegalArgumentException if one is not positive; {@link #build} checks the rest
     */
    public Builder<K> lease(int permits, Duration life) {
      Arguments.range("permits", permits, Integer.MAX_VALUE);
      if (requireNonNull(life, "life").isNegative() || life.isZero()) {
        throw new IllegalArgumentException("life: " + life + " (expected: > 0)");
      }
      this.lease = permits;
      this.leaseLife = Arguments.nanos("life", life);
      return this;
    }

    /** Sets the source of time for what this process remembers. For tests. */
    Builder<K> ticker(Ticker ticker) {
      this.ticker = ticker;
      return this;
    }

    /** Sets a source of time that takes the place of the server's. For tests. */
    Builder<K> scriptClock(Ticker scriptClock) {
      this.scriptClock = scriptClock;
      return this;
    }

    /**
     * Builds the limiter.
     *
     * @throws IllegalArgumentException if no limit was set, a full bucket takes more than 52 days
     *     to drain, a node's share is slower than one in ten years, or a lease does not fit the
     *     limit
     */
    public RedisLeakyBucket<K> build() {
      if (limit == null) {
        throw new IllegalArgumentException("limit: not set (expected: a limit)");
      }
      Gcra plan = BucketReplay.checked(new Gcra(limit));
      if (failurePolicy == FailurePolicy.LOCAL) {
        var unused = Fallback.share(limit, nodes);
      }
      if (lease > 0) {
        long most = Leases.most(limit, Long.MAX_VALUE);
        if (lease > most) {
          throw new IllegalArgumentException(
              "permits: " + lease + " (expected: 1.." + most + ", a tenth of the undelayed burst)");
        }
        if (leaseLife > Leases.longest(plan)) {
          throw new IllegalArgumentException(
              "life: "
                  + Duration.ofNanos(leaseLife)
                  + " (expected: at most "
                  + Duration.ofNanos(Leases.longest(plan))
                  + ", half of what the burst takes to drain)");
        }
      }
      return new RedisLeakyBucket<>(this, plan);
    }
  }
}
