// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.ratelimit.Gcra;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Caches buckets that are too full to admit any request, so that requests for them are rejected
 * without Redis until one could be admitted.
 *
 * <p>No admissible request is rejected, with one exception. Time drains a bucket at the limit's
 * rate and other nodes only fill it, so the backlog reported by Redis, less the time since, is a
 * lower bound of the current one. The exception is a refund by another node: a caller is then
 * rejected until its reported retry time has passed. A refund by this node, and a changed limit,
 * remove the entry.
 *
 * <p>A table of fixed size, in which a new entry evicts the one in its slot. An eviction costs one
 * round trip. Concurrent writers can overwrite each other's entries, all of which are valid.
 */
final class DenyCache {
  private static final int SIZE = 1 << 14;

  private final AtomicReferenceArray<@Nullable Entry> entries = new AtomicReferenceArray<>(SIZE);
  private final Ticker ticker;

  /** A bucket's backlog in nanoseconds, observed no earlier than the given reading. */
  private record Entry(String key, Gcra gcra, long notBefore, long nanos) {}

  DenyCache(Ticker ticker) {
    this.ticker = ticker;
  }

  /** Caches a backlog observed no earlier than the given reading. */
  void record(String key, Gcra gcra, long notBefore, long backlog) {
    if (backlog > gcra.admitsUpTo(1, 0, Long.MAX_VALUE)) {
      long nanos = backlog >> gcra.shift();
      entries.set(slot(key), new Entry(key, gcra, notBefore, nanos));
    } else {
      remove(key); // permits were returned meanwhile
    }
  }

  void remove(String key) {
    int slot = slot(key);
    Entry entry = entries.get(slot);
    if (entry != null && entry.key.equals(key)) {
      entries.set(slot, null);
    }
  }

  /** Returns a lower bound of a bucket's backlog; 0 if none is cached. */
  long backlog(String key, Gcra gcra) {
    Entry entry = entries.get(slot(key));
    if (entry == null || entry.gcra != gcra || !entry.key.equals(key)) {
      return 0;
    }
    long age = ticker.read() - entry.notBefore; // negative after a clock step backwards
    return age < 0 || age >= entry.nanos ? 0 : gcra.units(entry.nanos - age);
  }

  private static int slot(String key) {
    int hash = key.hashCode() * 0x9E3779B9;
    return hash >>> 32 - 14;
  }
}
