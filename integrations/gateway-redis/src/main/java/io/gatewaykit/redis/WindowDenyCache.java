// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.Limit;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Caches rejections by a window counter until their retry time has passed. Until then counts only
 * increase, so Redis would reject as well: exact, except for permits that another node returns
 * meanwhile. Requests with a different cost or other limits are not served from this cache.
 *
 * <p>A table of fixed size, in which a new entry evicts the one in its slot. An eviction costs one
 * round trip.
 */
final class WindowDenyCache {
  private static final int SIZE = 1 << 14;

  private final AtomicReferenceArray<@Nullable Entry> entries = new AtomicReferenceArray<>(SIZE);
  private final Ticker ticker;

  private static final class Entry {
    final String key;
    final long cost;
    final Limit[] limits;
    final Decision decision;
    final long since;

    Entry(String key, long cost, Limit[] limits, Decision decision, long since) {
      this.key = key;
      this.cost = cost;
      this.limits = limits;
      this.decision = decision;
      this.since = since;
    }
  }

  WindowDenyCache(Ticker ticker) {
    this.ticker = ticker;
  }

  /** Caches a decision made no earlier than the given reading, if it is a temporary rejection. */
  void record(String key, long cost, Limit[] limits, Decision decision, long notBefore) {
    if (decision.outcome() == Decision.Outcome.REJECTED) {
      entries.set(slot(key), new Entry(key, cost, limits, decision, notBefore));
    }
  }

  void remove(String key) {
    Entry entry = entries.get(slot(key));
    if (entry != null && entry.key.equals(key)) {
      entries.set(slot(key), null);
    }
  }

  /** Returns the cached rejection of a request, or null. */
  @Nullable Decision find(String key, long cost, Limit[] limits) {
    Entry entry = entries.get(slot(key));
    if (entry == null
        || entry.cost != cost
        || !entry.key.equals(key)
        || !Arrays.equals(entry.limits, limits)) {
      return null;
    }
    long age = ticker.read() - entry.since;
    // Expired, or negative after a clock step backwards.
    return age < 0 || age >= entry.decision.retryAfter().toNanos()
        ? null
        : aged(entry.decision, age);
  }

  private static Decision aged(Decision decision, long age) {
    Map<String, Decision> parts = new LinkedHashMap<>();
    decision.parts().forEach((name, part) -> parts.put(name, aged(part, age)));
    return new Decision(
        decision.outcome(),
        decision.delay(),
        less(decision.retryAfter(), age),
        less(decision.resetAfter(), age),
        decision.remaining(),
        decision.limit(),
        Decision.Source.DENY_CACHE,
        parts);
  }

  private static Duration less(Duration time, long nanos) {
    Duration left = time.minusNanos(nanos);
    return left.isNegative() ? Duration.ZERO : left;
  }

  private static int slot(String key) {
    int hash = key.hashCode() * 0x9E3779B9;
    return hash >>> 32 - 14;
  }
}
