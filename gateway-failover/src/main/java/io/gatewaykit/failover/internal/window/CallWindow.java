// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.window;

/**
 * The recent calls of a closed breaker. Lock-free: recording is one atomic add, and one more for a
 * failed or slow call. Once all threads are done, the totals equal those of a sequential execution
 * in some order, and the last thread has seen them.
 */
public interface CallWindow {
  int FAILED = 1;
  int SLOW = 2;

  /** Returns whether {@link #record} requires the current time. */
  boolean needsTime();

  /**
   * Records one call.
   *
   * @param flags {@link #FAILED}, {@link #SLOW}, both or none
   * @return the totals to evaluate, or {@link #UNCHANGED} if this call cannot trip the breaker
   */
  long record(int flags, long now);

  /** Returns the totals. */
  long totals(long now);

  /** A success since the last evaluation: the rates can only have fallen. */
  long UNCHANGED = -1;

  // Totals are packed into one long to avoid allocation, 21 bits each. Beyond two million calls all
  // three lose their lowest bits, which preserves the rates.

  int BITS = 21;
  int MASK = (1 << BITS) - 1;

  static long pack(long calls, long failed, long slow) {
    int excess = Math.max(0, Long.SIZE - Long.numberOfLeadingZeros(calls) - BITS);
    return calls >>> excess << 2 * BITS
        | Math.min(failed >>> excess, MASK) << BITS
        | Math.min(slow >>> excess, MASK);
  }

  static int calls(long totals) {
    return (int) (totals >>> 2 * BITS);
  }

  static int failed(long totals) {
    return (int) (totals >>> BITS) & MASK;
  }

  static int slow(long totals) {
    return (int) totals & MASK;
  }
}
