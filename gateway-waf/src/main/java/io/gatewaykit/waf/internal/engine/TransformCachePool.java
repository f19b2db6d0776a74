// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.engine;

import io.gatewaykit.waf.internal.index.RuleIndex;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A pool of inspection memory. Each object has a few kilobytes, and its creation would be a
 * considerable part of a short inspection. Bounded and thread-safe. An inspection that finds its
 * slot empty allocates a new object.
 */
final class TransformCachePool {
  private static final int SLOTS = 16;

  private final AtomicReferenceArray<@Nullable TransformCache> slots =
      new AtomicReferenceArray<>(SLOTS);
  private final RuleIndex index;

  TransformCachePool(RuleIndex index) {
    this.index = index;
  }

  /**
   * Returns an object of the pool or a new one. The caller may return it by {@link #release}, but
   * does not have to.
   */
  TransformCache acquire() {
    TransformCache pooled = slots.getAndSet(slot(), null);
    return pooled == null ? new TransformCache(index) : pooled;
  }

  void release(TransformCache cache) {
    cache.clear();
    slots.set(slot(), cache);
  }

  private static int slot() {
    return (int) Thread.currentThread().getId() & SLOTS - 1;
  }
}
