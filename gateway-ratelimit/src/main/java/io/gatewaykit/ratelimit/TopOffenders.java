// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Finds the most rejected keys, in bounded memory: the space-saving algorithm [1] over a random
 * sample. With 64 counters, it contains every key with more than a 64th of all rejections, and no
 * count is too low. Under contention a rejection is skipped instead of blocking.
 *
 * <ol>
 *   <li>A. Metwally, D. Agrawal and A. El Abbadi, "Efficient Computation of Frequent and Top-k
 *       Elements in Data Streams", ICDT 2005
 * </ol>
 */
final class TopOffenders<K> {
  private static final int COUNTERS = 64;
  private static final int SHOWN = 32;
  private static final int SAMPLED = 8;

  private final Map<K, Long> counts = new HashMap<>();
  private final ReentrantLock lock = new ReentrantLock();

  void rejected(K key) {
    if (ThreadLocalRandom.current().nextInt(SAMPLED) == 0 && lock.tryLock()) {
      try {
        count(key);
      } finally {
        lock.unlock();
      }
    }
  }

  /** Counts a rejection; a new key replaces the least rejected one and inherits its count. */
  private void count(K key) {
    long before = counts.getOrDefault(key, 0L);
    if (before == 0 && counts.size() >= COUNTERS) {
      Map.Entry<K, Long> least =
          counts.entrySet().stream().min(Map.Entry.comparingByValue()).orElseThrow();
      before = least.getValue();
      counts.remove(least.getKey());
    }
    counts.put(key, before + 1);
  }

  Map<K, Long> top() {
    lock.lock();
    try {
      var top = new LinkedHashMap<K, Long>();
      counts.entrySet().stream()
          .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
          .limit(SHOWN)
          .forEach(entry -> top.put(entry.getKey(), entry.getValue() * SAMPLED));
      return top;
    } finally {
      lock.unlock();
    }
  }
}
