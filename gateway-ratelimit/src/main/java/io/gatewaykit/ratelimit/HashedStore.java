package io.gatewaykit.ratelimit;

import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Knows keys by their hash only, in a {@link SlotTable}. */
final class HashedStore<K> implements BucketStore<K> {
  private final SlotTable table;
  private final ToLongFunction<K> hash;
  private final @Nullable Plans<K> plans;

  HashedStore(SlotTable table, ToLongFunction<K> hash, @Nullable Plans<K> plans) {
    this.table = table;
    this.hash = hash;
    this.plans = plans;
  }

  @Override
  public long take(K key, long cost, long spare, long maxDelay) {
    return take(key, cost, spare, maxDelay, null);
  }

  @Override
  public Decision decide(K key, long cost, long spare, long maxDelay) {
    var trace = new SlotTrace();
    return trace.decision(take(key, cost, spare, maxDelay, trace), spare);
  }

  @Override
  public Reservation reserve(K key, long cost, long spare, long maxDelay) {
    var trace = new SlotTrace();
    long answer = take(key, cost, spare, maxDelay, trace);
    Decision decision = trace.decision(answer, spare).within(maxDelay);
    return decision.admitted()
        ? Reservation.of(decision, actual -> table.settle(trace, cost, actual))
        : Reservation.refused(decision);
  }

  private long take(K key, long cost, long spare, long maxDelay, @Nullable SlotTrace trace) {
    Gcra own = plans == null ? null : plans.of(key);
    return table.take(SlotTable.usable(hash.applyAsLong(key)), own, cost, spare, maxDelay, trace);
  }

  @Override
  public void reconfigure(Gcra plan) {
    table.reconfigure(plan);
  }

  @Override
  public Limit limit() {
    return table.limit();
  }

  @Override
  public long live() {
    return table.live();
  }

  @Override
  public long overflows() {
    return table.overflows();
  }

  @Override
  public long evictedPermits() {
    return table.evictedPermits();
  }
}
