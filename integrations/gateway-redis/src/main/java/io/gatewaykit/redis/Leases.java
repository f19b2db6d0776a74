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
 * Permits taken ahead for keys that are busy on this node: charged first, used later, so the count
 * is never exceeded; only their use may come later than their charge, by a lease's life at most.
 *
 * <p>A key is busy if it was asked for within four lives before. What is left of a lease goes back
 * with the key's next call, by the rule that never gives back too much; if none comes it drains
 * away.
 */
final class Leases {
  private static final int MOST_KEYS = 10_000;
  private static final int PLACES = 1 << 13;

  private final int most;
  private final long life;
  private final Map<String, Lease> leases = new ConcurrentHashMap<>();

  /** When keys were last asked for; keys may share a place, which makes a key busy too early. */
  private final AtomicLongArray lastAsked = new AtomicLongArray(PLACES);

  private static final class Lease {
    final Receipt receipt;
    final long endsAt;
    final long drainedAt;
    final AtomicLong left;

    Lease(Receipt receipt, long size, long endsAt, long drainedAt) {
      this.receipt = receipt;
      this.endsAt = endsAt;
      this.drainedAt = drainedAt;
      this.left = new AtomicLong(size);
    }
  }

  Leases(int most, long life) {
    this.most = most;
    this.life = life;
    for (int i = 0; i < PLACES; i++) {
      lastAsked.setPlain(i, Long.MIN_VALUE / 2);
    }
  }

  /** Returns the most permits that a lease of this limit may hold, 0 if it can have none. */
  static long most(Limit limit, long wanted) {
    return Math.min(wanted, limit.delayAfter() / 10);
  }

  /** Returns the longest life that a lease of this limit may have. */
  static long longest(Gcra plan) {
    return plan.ceilNanos(plan.interval() * plan.limit().burst()) / 2;
  }

  /** Takes permits of a lease, if there are so many; else null. */
  @Nullable Decision take(String key, Gcra plan, long cost, long now) {
    Lease lease = leases.get(key);
    if (lease == null || lease.receipt.plan() != plan || now - lease.endsAt >= 0) {
      return null;
    }
    while (true) {
      long left = lease.left.get();
      if (left < cost) {
        return null;
      }
      if (lease.left.compareAndSet(left, left - cost)) {
        var unused = isBusy(key, now); // it is: noted for the next call
        long reset = Math.max(0, lease.drainedAt - now);
        return Decision.of(0, reset, left - cost, plan.limit(), Decision.Source.LEASE);
      }
    }
  }

  /** Notes that a key was asked for. Returns whether it is busy. */
  private boolean isBusy(String key, long now) {
    int place = (key.hashCode() * 0x9E3779B9) >>> 32 - 13;
    return now - lastAsked.getAndSet(place, now) < 4 * life;
  }

  /** Returns how many permits to take ahead with a call of the key. */
  long wanted(String key, Gcra plan, long now) {
    long bound = most(plan.limit(), most);
    if (!isBusy(key, now) || bound == 0 || life > longest(plan)) {
      return 0;
    }
    Lease last = leases.get(key);
    if (last == null) {
      return leases.size() < MOST_KEYS ? bound : 0;
    }
    boolean atHand = last.left.get() > 0 && now - last.endsAt < 0;
    return atHand ? 0 : bound; // at hand, but not enough for a dear request: others can use it
  }

  void put(String key, Receipt receipt, long size, long sentAt, long backlog) {
    long drainedAt = sentAt + receipt.plan().ceilNanos(backlog);
    leases.put(key, new Lease(receipt, size, sentAt + life, drainedAt));
  }

  /** Takes away what is left of a lease that is over; null if there is none. */
  @Nullable Settlement leftover(String key, Gcra plan, long now) {
    Lease lease = leases.get(key);
    if (lease == null || now - lease.endsAt < 0 && lease.receipt.plan() == plan) {
      return null;
    }
    return giveBack(lease, plan);
  }

  private static @Nullable Settlement giveBack(Lease lease, Gcra plan) {
    long left = lease.left.get();
    if (left == 0 || !lease.left.compareAndSet(left, 0) || lease.receipt.plan() != plan) {
      return null;
    }
    return new Settlement(plan, plan.weigh(left), lease.receipt);
  }

  /** Takes away what is left of all leases. */
  void close(BiConsumer<String, Settlement> giveBack) {
    leases.forEach((key, lease) -> {
      Settlement back = giveBack(lease, lease.receipt.plan());
      if (back != null) {
        giveBack.accept(key, back);
      }
    });
    leases.clear();
  }
}
