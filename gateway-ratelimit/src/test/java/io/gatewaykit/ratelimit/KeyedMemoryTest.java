// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KeyedMemoryTest {
  private static final long MEGABYTE = 1 << 20;

  @Test
  void table_takesAtMost27BytesForEachKey() {
    int keys = 1_000_000;
    long before = usedHeap();
    KeyedLeakyBucket<Long> buckets =
        KeyedLeakyBucket.<Long>builder().limit(Limit.perSecond(1)).maxKeys(keys).build();
    long taken = usedHeap() - before;
    assertThat(buckets.tryAcquire(1L)).isTrue();
    assertThat(taken).isLessThan(27L * keys + MEGABYTE / 2);
  }

  private static long usedHeap() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      least =
          Math.min(least, Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
    }
    return least;
  }
}
