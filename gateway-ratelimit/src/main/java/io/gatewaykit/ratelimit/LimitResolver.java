// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import org.jspecify.annotations.Nullable;

/**
 * Returns the limit of a key: its tier. Called for each decision, so it must be fast. Its results
 * can change at any time: a key that changes its tier keeps its backlog in time, with exact keys
 * and in Redis in requests; a window keeps its count.
 *
 * @param <K> the type of the keys
 */
@FunctionalInterface
public interface LimitResolver<K> {
  /**
   * Returns the key's limit, {@link Limit#unlimited()} and {@link Limit#blocked()} included, or
   * null for the limiter's own. Return a small set of reused objects.
   */
  @Nullable Limit limitOf(K key);
}
