package io.gatewaykit.ratelimit;

import org.jspecify.annotations.Nullable;

/**
 * Tells which limit a key has: its tier. Asked for each decision, so it must be quick, and may
 * answer differently at any time; a key that changes its tier keeps its backlog in time, or with
 * exact keys in requests.
 *
 * @param <K> what tells one caller from another
 */
@FunctionalInterface
public interface LimitResolver<K> {
  /**
   * Returns the key's limit, {@link Limit#unlimited()} and {@link Limit#blocked()} included, or
   * null for the limiter's own. Return the same few objects again and again.
   */
  @Nullable Limit limitOf(K key);
}
