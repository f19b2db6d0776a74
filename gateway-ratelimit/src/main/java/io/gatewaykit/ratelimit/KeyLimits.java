// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Compiles the limits that a resolver returns. */
final class KeyLimits<K> {
  /** Far above realistic numbers of tiers; bounds the memory if a resolver creates limits. */
  private static final int MAX_LIMITS = 1024;

  private final LimitResolver<? super K> resolver;
  private final ConcurrentHashMap<Limit, Gcra> compiled = new ConcurrentHashMap<>();

  /** The last limit used, which usually matches and avoids a hash lookup. */
  private @Nullable Gcra recent;

  KeyLimits(LimitResolver<? super K> resolver) {
    this.resolver = resolver;
  }

  /** Returns the key's own limit, or null if it has none. */
  @Nullable Gcra of(K key) {
    Limit limit = resolver.limitOf(key);
    if (limit == null) {
      return null;
    }
    Gcra guess = recent; // benign race: a Gcra is immutable
    if (guess != null && guess.limit.equals(limit)) {
      return guess;
    }
    Gcra gcra = compiled.get(limit);
    if (gcra == null) {
      gcra = new Gcra(limit);
      if (compiled.size() < MAX_LIMITS) {
        compiled.put(limit, gcra);
      }
    }
    recent = gcra;
    return gcra;
  }
}
