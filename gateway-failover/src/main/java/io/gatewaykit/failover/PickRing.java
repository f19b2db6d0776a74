// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.failover.internal.balance.PickCycle;
import io.gatewaykit.failover.internal.balance.SmoothSequence;
import org.jspecify.annotations.Nullable;

/**
 * The picks of a sequence as endpoints, so that a pick reads one position and one array element.
 * The positions of the threads are those of the sequence, so picks through the ring and through the
 * picker continue each other exactly. A ring is valid until the sequence changes. Immutable.
 */
final class PickRing<T> {
  /** The maximum number of picks; a longer sequence has no ring. */
  static final int MAX_LENGTH = 1 << 14;

  private final PickCycle cycle;
  private final @Nullable SmoothSequence sequence;
  private final EndpointState<T>[] ring;

  private PickRing(PickCycle cycle, @Nullable SmoothSequence sequence, EndpointState<T>[] ring) {
    this.cycle = cycle;
    this.sequence = sequence;
    this.ring = ring;
  }

  /**
   * Returns a ring, or null if there is no such cycle or it is too long.
   *
   * @param sequence the sequence to which the cycle belongs; null if it never changes
   * @param states the endpoints, by index
   */
  static <T> @Nullable PickRing<T> of(
      @Nullable PickCycle cycle, @Nullable SmoothSequence sequence, EndpointState<T>[] states) {
    if (cycle == null || cycle.length() > MAX_LENGTH) {
      return null;
    }
    @SuppressWarnings({"unchecked", "rawtypes"})
    EndpointState<T>[] ring = new EndpointState[cycle.length()];
    for (int i = 0; i < ring.length; i++) {
      int index = cycle.pick(i);
      if (index < 0) {
        return null;
      }
      ring[i] = states[index];
    }
    return new PickRing<>(cycle, sequence, ring);
  }

  boolean isCurrent() {
    return sequence == null || sequence.isCurrent(cycle);
  }

  /**
   * Advances the calling thread and returns its position; -1 about once in 64 picks, without
   * advancing.
   */
  int tryNext() {
    return cycle.tryNext();
  }

  EndpointState<T> state(int position) {
    return ring[position];
  }
}
