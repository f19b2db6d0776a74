// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.Gcra;
import io.gatewaykit.ratelimit.Limit;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Permits prefetched for keys that are busy on this node. They are charged before use, so the limit
 * is never exceeded; their use follows the charge within the lifetime of a lease.
 *
 * <p>A key is busy if its previous request was less than four lifetimes ago. Unused permits of an
 * expired lease are returned with the next call for the key, by the refund rule that never returns
 * too much. Without another call they drain.
 */
final class PermitCache {
  private static final int MAX_KEYS = 10_000;
  private static final int SLOTS = 1 << 13;

  private final int most;
  private final long life;
  private final Map<String, Lease> leases = new ConcurrentHashMap<>();

  /** Times of the last requests. Keys can share an entry, which makes a key busy too early. */
  private final AtomicLongArray lastRequests = new AtomicLongArray(SLOTS);

  private static final class Lease {
    final GrantReceipt receipt;
    final long endsAt;
    final long drainedAt;
    final AtomicLong left;

    Lease(GrantReceipt receipt, long size, long endsAt, long drainedAt) {
      this.receipt = receipt;
      this.endsAt = endsAt;
      this.drainedAt = drainedAt;
      this.left = new AtomicLong(size);
    }
  }

  PermitCache(int most, long life) {
    this.most = most;
    this.life = life;
    for (int i = 0; i < SLOTS; i++) {
      lastRequests.setPlain(i, Long.MIN_VALUE / 2);
    }
  }

  /** Returns the maximum size of a lease under this limit; 0 if it does not allow leases. */
  static long maxSize(Limit limit, long wanted) {
    return Math.min(wanted, limit.delayAfter() / 10);
  }

  /** Returns the maximum lifetime of a lease under this limit. */
  static long maxLife(Gcra gcra) {
    return gcra.ceilNanos(gcra.interval() * gcra.limit().burst()) / 2;
  }

  /** Takes permits from the lease of a key; null if it does not hold enough. */
  @Nullable Decision take(String key, Gcra gcra, long cost, long now) {
    Lease lease = leases.get(key);
    if (lease == null || lease.receipt.gcra() != gcra || now - lease.endsAt >= 0) {
      return null;
    }
    while (true) {
      long left = lease.left.get();
      if (left < cost) {
        return null;
      }
      if (lease.left.compareAndSet(left, left - cost)) {
        var unused = isBusy(key, now); // busy; records the time for the next call
        long reset = Math.max(0, lease.drainedAt - now);
        return Decision.of(0, reset, left - cost, gcra.limit(), Decision.Source.LEASE);
      }
    }
  }

  /** Records a request for a key. Returns whether the key is busy. */
  private boolean isBusy(String key, long now) {
    int slot = (key.hashCode() * 0x9E3779B9) >>> 32 - 13;
    return now - lastRequests.getAndSet(slot, now) < 4 * life;
  }

  /** Returns the number of permits to prefetch with a call for the key. */
  long wanted(String key, Gcra gcra, long now) {
    long bound = maxSize(gcra.limit(), most);
    if (!isBusy(key, now) || bound == 0 || life > maxLife(gcra)) {
      return 0;
    }
    Lease last = leases.get(key);
    if (last == null) {
      return leases.size() < MAX_KEYS ? bound : 0;
    }
    boolean available = last.left.get() > 0 && now - last.endsAt < 0;
    return available ? 0 : bound; // too few for an expensive request, but usable by others
  }

  void put(String key, GrantReceipt receipt, long size, long sentAt, long backlog) {
    long drainedAt = sentAt + receipt.gcra().ceilNanos(backlog);
    leases.put(key, new Lease(receipt, size, sentAt + life, drainedAt));
  }

  /** Removes and returns the unused permits of an expired lease; null if there are none. */
  @Nullable Settlement leftover(String key, Gcra gcra, long now) {
    Lease lease = leases.get(key);
    if (lease == null || now - lease.endsAt < 0 && lease.receipt.gcra() == gcra) {
      return null;
    }
    return refund(lease, gcra);
  }

  private static @Nullable Settlement refund(Lease lease, Gcra gcra) {
    long left = lease.left.get();
    if (left == 0 || !lease.left.compareAndSet(left, 0) || lease.receipt.gcra() != gcra) {
      return null;
    }
    return Settlement.refund(gcra.weigh(left), lease.receipt);
  }

  /** Removes and returns the unused permits of all leases. */
  void close(BiConsumer<String, Settlement> release) {
    leases.forEach((key, lease) -> {
      Settlement back = refund(lease, lease.receipt.gcra());
      if (back != null) {
        release.accept(key, back);
      }
    });
    leases.clear();
  }
}
