// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.pattern;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory budget shared by the states of several automata. Thread-safe.
 *
 * <p>When the budget is exhausted, an automaton that holds a large share of it releases that share.
 * If it holds little, a new epoch starts instead, and each automaton drops its states the next time
 * it runs. Texts that made one automaton grow thus do not slow down the others permanently.
 */
final class StateMemory {
  private static final int LARGE_SHARE = 16;

  private final long bytes;
  private final AtomicLong free;
  private volatile int epoch;

  StateMemory(long bytes) {
    this.bytes = bytes;
    free = new AtomicLong(bytes);
  }

  /** Returns the current epoch. Bytes reserved in earlier epochs no longer count. */
  int epoch() {
    return epoch;
  }

  /** Reserves this many bytes, and returns whether they were available. */
  boolean take(long wanted) {
    if (free.addAndGet(-wanted) >= 0) {
      return true;
    }
    free.addAndGet(wanted);
    return false;
  }

  /**
   * Frees memory after a failed reservation: releases the bytes that the caller reserved in an
   * epoch, or starts a new epoch if they are few.
   */
  synchronized void reclaim(long used, int inEpoch) {
    if (inEpoch != epoch) {
      return; // memory is available again
    }
    if (used * LARGE_SHARE >= bytes) {
      free.addAndGet(used);
    } else {
      epoch = inEpoch + 1;
      free.set(bytes);
    }
  }
}
