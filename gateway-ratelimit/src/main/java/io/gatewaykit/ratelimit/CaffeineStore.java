// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.gatewaykit.api.Ticker;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Identifies keys by equality, in a Caffeine cache that removes each entry within about a second
 * after its bucket has drained, and none before. When the cache is full, new keys share a bucket or
 * are rejected or admitted, as in the slot table. All changes of a bucket run inside an atomic
 * operation of the cache, so that no bucket is removed between lookup and change.
 *
 * <p>An entry expires at the time of its bucket, not after a duration computed from a second
 * reading of the clock: a thread can be paused between two readings. A removed bucket had drained
 * at some reading. If the clock steps back before it, a new key may be a removed one, and starts
 * with the backlog that the removed ones could still have.
 *
 * <p>Uses no API added after Caffeine 3.0.
 */
final class CaffeineStore<K> implements BucketStore<K> {
  private final Cache<K, LeakyBucketCore> buckets;
  private final Ticker ticker;
  private final int maxKeys;
  private final OverflowPolicy policy;
  private final @Nullable KeyLimits<K> keyLimits;
  private final LeakyBucketCore shared;
  private final LongAdder overflows = new LongAdder();
  private final long origin;

  /** The latest time at which a removed bucket had drained, in nanoseconds since the origin. */
  private final AtomicLong drainedUntil = new AtomicLong(Long.MIN_VALUE);

  private volatile Gcra gcra;

  CaffeineStore(
      int maxKeys,
      Gcra gcra,
      OverflowPolicy policy,
      Ticker ticker,
      @Nullable KeyLimits<K> keyLimits) {
    this.maxKeys = maxKeys;
    this.gcra = gcra;
    this.policy = policy;
    this.ticker = ticker;
    this.origin = ticker.read();
    this.keyLimits = keyLimits;
    this.shared = new LeakyBucketCore(gcra, WarmUp.NONE, ticker);
    this.buckets =
        Caffeine.newBuilder()
            .ticker(ticker::read)
            .executor(Runnable::run)
            .expireAfter(new UntilDrained<K>())
            .evictionListener(
                (@Nullable K key, @Nullable LeakyBucketCore bucket, RemovalCause cause) -> {
                  if (bucket != null) {
                    onRemoved(bucket);
                  }
                })
            .build();
  }

  /** Expires an entry at the reading at which its bucket has drained. */
  private static final class UntilDrained<K> implements Expiry<K, LeakyBucketCore> {
    @Override
    public long expireAfterCreate(K key, LeakyBucketCore bucket, long reading) {
      return Math.max(1, bucket.drainedAt() - reading);
    }

    @Override
    public long expireAfterUpdate(K key, LeakyBucketCore bucket, long reading, long left) {
      return Math.max(1, bucket.drainedAt() - reading);
    }

    @Override
    public long expireAfterRead(K key, LeakyBucketCore bucket, long reading, long left) {
      return left;
    }
  }

  private void onRemoved(LeakyBucketCore bucket) {
    long drained = bucket.drainedAt() - origin;
    if (drained > drainedUntil.get()) {
      drainedUntil.accumulateAndGet(drained, Math::max);
    }
  }

  @Override
  public long take(K key, long cost, long reserved, long maxDelay) {
    return with(key, (bucket, source) -> bucket.take(cost, reserved, maxDelay, null));
  }

  @Override
  public Decision decide(K key, long cost, long reserved, long maxDelay) {
    var decision = new Decision[1];
    with(
        key,
        (bucket, source) -> {
          var trace = new LeakyBucketCore.Trace();
          long answer = bucket.take(cost, reserved, maxDelay, trace);
          decision[0] = trace.decision(answer, reserved, source);
          return answer;
        });
    return decision[0];
  }

  @Override
  public Reservation reserve(K key, long cost, long reserved, long maxDelay) {
    var trace = new LeakyBucketCore.Trace();
    var decision = new Decision[1];
    with(
        key,
        (bucket, source) -> {
          long answer = bucket.reserve(cost, reserved, maxDelay, trace);
          decision[0] = trace.decision(answer, cost, reserved, maxDelay, source);
          return answer;
        });
    return decision[0].admitted()
        ? Reservation.of(decision[0], actual -> settle(key, trace, cost, actual))
        : Reservation.rejected(decision[0]);
  }

  @Override
  public Decision peek(K key, long cost, long reserved, long maxDelay) {
    var decision = new Decision[1];
    with(
        key,
        (bucket, source) -> {
          var trace = new LeakyBucketCore.Trace();
          long answer = bucket.take(cost, reserved, NOTHING, trace);
          decision[0] = trace.decision(answer, cost, reserved, maxDelay, source);
          return answer;
        });
    return decision[0];
  }

  @Override
  public long takeUpTo(K key, long max, long reserved) {
    return with(key, (bucket, source) -> bucket.takeUpTo(max, reserved));
  }

  @Override
  public Balance charge(K key, long permits, long reserved) {
    var balance = new Balance[1];
    with(
        key,
        (bucket, source) -> {
          balance[0] = bucket.charge(permits, reserved, source == Decision.Source.LOCAL);
          return 0;
        });
    return balance[0];
  }

  @Override
  public void reset(K key) {
    buckets.invalidate(key);
  }

  private void settle(K key, LeakyBucketCore.Trace trace, long cost, long actual) {
    with(
        key,
        (bucket, source) -> {
          bucket.settle(trace, cost, actual);
          return 0;
        });
  }

  private interface Action {
    long apply(LeakyBucketCore bucket, Decision.Source source);
  }

  private long with(K key, Action action) {
    Gcra own = keyLimits == null ? null : keyLimits.of(key);
    if (buckets.estimatedSize() >= maxKeys) {
      buckets.cleanUp();
    }
    var answer = new long[1];
    boolean[] done = new boolean[1];
    buckets
        .asMap()
        .compute(
            key,
            (k, old) -> {
              if (old == null && buckets.estimatedSize() >= maxKeys) {
                return null;
              }
              Gcra wanted = own == null ? gcra : own;
              LeakyBucketCore bucket = old == null ? fresh(wanted) : old;
              if (!bucket.limit().equals(wanted.limit)) {
                bucket.reconfigure(wanted);
              }
              answer[0] = action.apply(bucket, Decision.Source.LOCAL);
              done[0] = true;
              if (bucket.backlog() > 0) {
                return bucket;
              }
              if (old != null) {
                onRemoved(old);
              }
              return null;
            });
    if (done[0]) {
      return answer[0];
    }
    overflows.increment();
    return decideWithoutSlot(own, action);
  }

  private long decideWithoutSlot(@Nullable Gcra own, Action action) {
    if (own == null && policy == OverflowPolicy.SHARE) {
      return action.apply(shared, Decision.Source.SHARED);
    }
    // The key is limited by its own limit, but with the backlog of all keys that share the bucket.
    synchronized (shared) {
      LeakyBucketCore passing = fresh(own == null ? gcra : own);
      if (policy == OverflowPolicy.REJECT) {
        passing.restore(Long.MAX_VALUE);
      }
      long answer = action.apply(passing, Decision.Source.SHARED);
      if (policy == OverflowPolicy.SHARE) {
        shared.restore(passing.backlog());
      }
      return answer;
    }
  }

  /**
   * The key may have used the shared bucket while no slot was free, or one that had drained at a
   * later time than the current one.
   */
  private LeakyBucketCore fresh(Gcra wanted) {
    var bucket = new LeakyBucketCore(wanted, WarmUp.NONE, ticker);
    bucket.restore(shared.backlog());
    long until = drainedUntil.get();
    long now = ticker.read() - origin;
    if (until > now) {
      bucket.restore(until - now);
    }
    return bucket;
  }

  @Override
  public synchronized void reconfigure(Gcra next) {
    gcra = next;
    shared.reconfigure(next);
    for (K key : buckets.asMap().keySet()) {
      with(key, (bucket, source) -> 0); // also updates the expiry
    }
  }

  @Override
  public Limit limit() {
    return gcra.limit;
  }

  @Override
  public long live() {
    buckets.cleanUp();
    ToLongFunction<LeakyBucketCore> inDebt = bucket -> bucket.backlog() == 0 ? 0 : 1;
    return buckets.asMap().values().stream().mapToLong(inDebt).sum();
  }

  @Override
  public long overflows() {
    return overflows.sum();
  }

  @Override
  public long evictedPermits() {
    return 0;
  }
}
