// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;

/**
 * Limits the number of waiting requests, in total and for those that hold a platform thread.
 * Thread-safe.
 */
final class WaitSlots {
  private final int max;
  private final int maxThreads;
  private final Semaphore all;
  private final Semaphore threads;
  private final LongAdder rejected = new LongAdder();

  WaitSlots(int max, int maxThreads) {
    this.max = max;
    this.maxThreads = maxThreads;
    all = new Semaphore(max);
    threads = new Semaphore(maxThreads);
  }

  /**
   * Tries to acquire a slot. Returns whether the request may wait; if so, the caller must release
   * the slot.
   */
  boolean tryAcquire(boolean holdsThread) {
    if (!all.tryAcquire()) {
      return false;
    }
    if (holdsThread && !threads.tryAcquire()) {
      all.release();
      return false;
    }
    return true;
  }

  void release(boolean holdsThread) {
    if (holdsThread) {
      threads.release();
    }
    all.release();
  }

  void recordRejected() {
    rejected.increment();
  }

  WaitStats stats() {
    return new WaitStats(
        max - all.availablePermits(), maxThreads - threads.availablePermits(), rejected.sum());
  }
}
