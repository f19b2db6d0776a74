package io.gatewaykit.ratelimit;

import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The plans of the limits that a resolver answers with. */
final class Plans<K> {
  /** Far more tiers than anybody has; a resolver that makes limits up must not fill the heap. */
  private static final int MOST = 1024;

  private final LimitResolver<? super K> resolver;
  private final ConcurrentHashMap<Limit, Gcra> plans = new ConcurrentHashMap<>();

  /** The last one used: a guess that is right most of the time, and spares the hash. */
  private @Nullable Gcra recent;

  Plans(LimitResolver<? super K> resolver) {
    this.resolver = resolver;
  }

  /** Returns the key's own plan, or null if it has none. */
  @Nullable Gcra of(K key) {
    Limit limit = resolver.limitOf(key);
    if (limit == null) {
      return null;
    }
    Gcra guess = recent; // racy, and right whichever thread wrote it: a Gcra is immutable
    if (guess != null && guess.limit.equals(limit)) {
      return guess;
    }
    Gcra plan = plans.get(limit);
    if (plan == null) {
      plan = new Gcra(limit);
      if (plans.size() < MOST) {
        plans.put(limit, plan);
      }
    }
    recent = plan;
    return plan;
  }
}
