// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Identifies keys by their hash only, in a {@link SlotTable}. */
final class HashedStore<K> implements BucketStore<K> {
  private final SlotTable table;
  private final SlotReservations reservations;
  private final ToLongFunction<K> hash;
  private final @Nullable KeyLimits<K> keyLimits;

  HashedStore(
      SlotTable table,
      SlotReservations reservations,
      ToLongFunction<K> hash,
      @Nullable KeyLimits<K> keyLimits) {
    this.table = table;
    this.reservations = reservations;
    this.hash = hash;
    this.keyLimits = keyLimits;
  }

  @Override
  public long take(K key, long cost, long reserved, long maxDelay) {
    return take(key, cost, reserved, maxDelay, null);
  }

  @Override
  public Decision decide(K key, long cost, long reserved, long maxDelay) {
    var trace = new SlotTrace();
    return trace.decision(take(key, cost, reserved, maxDelay, trace), reserved);
  }

  @Override
  public Reservation reserve(K key, long cost, long reserved, long maxDelay) {
    var trace = new SlotTrace();
    long answer = reservations.reserve(hashOf(key), own(key), cost, reserved, maxDelay, trace);
    Decision decision = trace.decision(answer, cost, reserved, maxDelay);
    return decision.admitted()
        ? Reservation.of(decision, actual -> reservations.settle(trace, cost, actual))
        : Reservation.rejected(decision);
  }

  @Override
  public Decision peek(K key, long cost, long reserved, long maxDelay) {
    var trace = new SlotTrace();
    long answer = take(key, cost, reserved, NOTHING, trace);
    return trace.decision(answer, cost, reserved, maxDelay);
  }

  @Override
  public long takeUpTo(K key, long max, long reserved) {
    return table.takeUpTo(hashOf(key), own(key), max, reserved);
  }

  @Override
  public Balance charge(K key, long permits, long reserved) {
    long unbooked = reservations.charge(hashOf(key), own(key), permits, true);
    var trace = new SlotTrace();
    long ignored = take(key, 1, reserved, NOTHING, trace);
    return trace.balance(reserved, unbooked);
  }

  @Override
  public void reset(K key) {
    reservations.reset(hashOf(key));
  }

  private long take(K key, long cost, long reserved, long maxDelay, @Nullable SlotTrace trace) {
    return table.take(hashOf(key), own(key), cost, reserved, maxDelay, trace);
  }

  private long hashOf(K key) {
    return SlotMemory.usable(hash.applyAsLong(key));
  }

  private @Nullable Gcra own(K key) {
    return keyLimits == null ? null : keyLimits.of(key);
  }

  @Override
  public void reconfigure(Gcra gcra) {
    table.reconfigure(gcra);
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
