package io.gatewaykit.redis;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.ratelimit.Gcra;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Remembers buckets that were too full to take anything, and refuses by that memory until they no
 * longer would.
 *
 * <p>Why nothing is lost: time drains a bucket at the plan's rate, others only fill it, so from
 * what it held when Redis was asked follows what it holds at least. Only what another node gives
 * back is not known here; then a caller is refused for longer than need be, at most until the time
 * it was told. What this node gives back, and a changed limit, end the memory.
 *
 * <p>A table of fixed size in which a newcomer replaces whoever was in its place: to forget costs a
 * round trip, no more. Racing writers may overwrite each other's entries, all of which are true.
 */
final class DenyCache {
  private static final int SIZE = 1 << 14;

  private final AtomicReferenceArray<@Nullable Entry> entries = new AtomicReferenceArray<>(SIZE);
  private final Ticker ticker;

  /** A bucket whose backlog was at least until the given reading. */
  private record Entry(String key, Gcra plan, long drainedAt) {}

  DenyCache(Ticker ticker) {
    this.ticker = ticker;
  }

  /** Remembers a backlog, found not before the given reading. */
  void learn(String key, Gcra plan, long notBefore, long backlog) {
    if (backlog > plan.admitsUpTo(1, 0, Long.MAX_VALUE)) {
      long nanos = backlog >> plan.shift();
      entries.set(place(key), new Entry(key, plan, notBefore + nanos));
    }
  }

  void forget(String key) {
    int place = place(key);
    Entry entry = entries.get(place);
    if (entry != null && entry.key.equals(key)) {
      entries.set(place, null);
    }
  }

  /** Returns the least backlog that a bucket may have now, 0 if nothing is known. */
  long backlog(String key, Gcra plan) {
    Entry entry = entries.get(place(key));
    if (entry == null || entry.plan != plan || !entry.key.equals(key)) {
      return 0;
    }
    long left = entry.drainedAt - ticker.read();
    // More than fits is of a clock that went back.
    return left <= 0 || left > plan.ceilNanos(plan.fullest()) ? 0 : plan.units(left);
  }

  private static int place(String key) {
    int hash = key.hashCode() * 0x9E3779B9;
    return hash >>> 32 - 14;
  }
}
