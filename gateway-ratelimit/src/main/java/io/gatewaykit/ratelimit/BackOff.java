// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

/** Back-off of a thread whose compare-and-set failed. */
final class BackOff {
  /** About 2 to 6 microseconds. More only increases fairness, not throughput. */
  private static final int SPINS = 128;

  private BackOff() {}

  /**
   * Spins briefly without yielding the processor. An immediate retry would take the cache line away
   * from a thread that is about to use it again: two threads that alternate in runs of a few dozen
   * calls make more than twice as many decisions. Parking would be equally effective, but an event
   * loop must not block.
   */
  static void afterLoss() {
    for (int i = 0; i < SPINS; i++) {
      Thread.onSpinWait();
    }
  }
}
