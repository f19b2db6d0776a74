package io.gatewaykit.ratelimit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.gatewaykit.api.Ticker;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Knows keys by equality, in a Caffeine cache that forgets each within about a second after its
 * bucket has drained, and none before: when the cache is full, newcomers share a bucket or are
 * refused or let pass, as in the slot table. Whatever changes a bucket does so inside the cache's
 * own step, so that none is forgotten between being found and being filled.
 */
final class CaffeineStore<K> implements BucketStore<K> {
  private final Cache<K, LeakyBucketCore> buckets;
  private final Ticker ticker;
  private final int maxKeys;
  private final OverflowPolicy policy;
  private final @Nullable Plans<K> plans;
  private final LeakyBucketCore shared;
  private final LongAdder overflows = new LongAdder();
  private volatile Gcra plan;

  CaffeineStore(
      int maxKeys, Gcra plan, OverflowPolicy policy, Ticker ticker, @Nullable Plans<K> plans) {
    this.maxKeys = maxKeys;
    this.plan = plan;
    this.policy = policy;
    this.ticker = ticker;
    this.plans = plans;
    this.shared = new LeakyBucketCore(plan, WarmUp.NONE, ticker);
    this.buckets =
        Caffeine.newBuilder()
            .ticker(ticker::read)
            .executor(Runnable::run)
            .expireAfter(Expiry.<K, LeakyBucketCore>writing((key, bucket) -> bucket.drainTime()))
            .build();
  }

  @Override
  public long take(K key, long cost, long spare, long maxDelay) {
    return with(key, (bucket, source) -> bucket.take(cost, spare, maxDelay, null));
  }

  @Override
  public Decision decide(K key, long cost, long spare, long maxDelay) {
    var decision = new Decision[1];
    with(
        key,
        (bucket, source) -> {
          var trace = new LeakyBucketCore.Trace();
          long answer = bucket.take(cost, spare, maxDelay, trace);
          decision[0] = trace.decision(answer, spare, source);
          return answer;
        });
    return decision[0];
  }

  @Override
  public Reservation reserve(K key, long cost, long spare, long maxDelay) {
    var trace = new LeakyBucketCore.Trace();
    var decision = new Decision[1];
    with(
        key,
        (bucket, source) -> {
          long answer = bucket.take(cost, spare, maxDelay, trace);
          decision[0] = trace.decision(answer, spare, source).within(maxDelay);
          return answer;
        });
    return decision[0].admitted()
        ? Reservation.of(decision[0], actual -> settle(key, trace, cost, actual))
        : Reservation.refused(decision[0]);
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
    Gcra own = plans == null ? null : plans.of(key);
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
              Gcra wanted = own == null ? plan : own;
              LeakyBucketCore bucket = old == null ? fresh(wanted) : old;
              if (!bucket.limit().equals(wanted.limit)) {
                bucket.reconfigure(wanted);
              }
              answer[0] = action.apply(bucket, Decision.Source.LOCAL);
              done[0] = true;
              return bucket.backlog() == 0 ? null : bucket;
            });
    if (done[0]) {
      return answer[0];
    }
    overflows.increment();
    return withoutRoom(own, action);
  }

  private long withoutRoom(@Nullable Gcra own, Action action) {
    if (own == null && policy == OverflowPolicy.SHARE) {
      return action.apply(shared, Decision.Source.SHARED);
    }
    // Whatever its own limit is, the key is held to that, but with what all of them owe.
    synchronized (shared) {
      LeakyBucketCore passing = fresh(own == null ? plan : own);
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

  /** The key may have spent from the shared bucket while there was no room for it. */
  private LeakyBucketCore fresh(Gcra wanted) {
    var bucket = new LeakyBucketCore(wanted, WarmUp.NONE, ticker);
    bucket.restore(shared.backlog());
    return bucket;
  }

  @Override
  public synchronized void reconfigure(Gcra next) {
    plan = next;
    shared.reconfigure(next);
    for (K key : buckets.asMap().keySet()) {
      with(key, (bucket, source) -> 0); // also sets anew when it will have drained
    }
  }

  @Override
  public Limit limit() {
    return plan.limit;
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
