// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Queues operations on keys that have a call in flight, so that at most one call per key is in
 * flight and many callers share the next one. Bounded over all keys. Thread-safe.
 *
 * @param <T> the type of the operations
 */
final class CoalescingQueue<T extends CoalescingQueue.Item<T>> {
  private static final int MAX_BATCH = 1024;

  private final int maxWaiting;
  private final AtomicInteger waiting = new AtomicInteger();

  /** Queued operations of keys with a call in flight; guarded by the map. */
  private final ConcurrentHashMap<String, Queue<T>> inFlight = new ConcurrentHashMap<>();

  /** An operation that can share a call with others. */
  interface Item<T> {
    /** Returns whether no caller awaits the result any longer; the operation is then skipped. */
    boolean isComplete();

    /** Returns whether this operation can be sent in a call that starts with another one. */
    boolean joins(T first);

    /** Returns whether no operation can follow this one in the same call. */
    boolean endsBatch();
  }

  /** The result of an offer. */
  enum Offer {
    /** No call for the key is in flight: the caller must send the operation. */
    SEND,
    QUEUED,
    FULL
  }

  CoalescingQueue(int maxWaiting) {
    this.maxWaiting = maxWaiting;
  }

  Offer offer(String key, T item) {
    var result = new Offer[1];
    inFlight.compute(
        key,
        (k, queue) -> {
          if (queue == null) {
            result[0] = Offer.SEND;
            return new ArrayDeque<>(2);
          }
          if (waiting.get() >= maxWaiting) {
            result[0] = Offer.FULL;
            return queue;
          }
          result[0] = Offer.QUEUED;
          waiting.incrementAndGet();
          queue.add(item);
          return queue;
        });
    return result[0];
  }

  /**
   * Called when the call for a key has completed. Returns the operations that the caller must send
   * in the next one; empty if none is queued.
   */
  List<T> next(String key) {
    var batch = new ArrayList<T>();
    inFlight.computeIfPresent(
        key,
        (k, queue) -> {
          boolean ended = false;
          while (!ended && !queue.isEmpty() && batch.size() < MAX_BATCH) {
            T item = queue.element();
            if (!batch.isEmpty() && !item.joins(batch.get(0))) {
              break;
            }
            queue.remove();
            waiting.decrementAndGet();
            if (!item.isComplete()) {
              batch.add(item);
              ended = item.endsBatch();
            }
          }
          return batch.isEmpty() ? null : queue;
        });
    return batch;
  }
}
