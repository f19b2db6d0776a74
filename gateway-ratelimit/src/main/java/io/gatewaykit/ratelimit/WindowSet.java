// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The windows of a counter, and the position of each in a key's state.
 *
 * <p>The last number of a state is its generation. It is unique among the consecutive states of a
 * key, and changes when the state loses the requests that were counted: with a reset, or a clock
 * step under which marks lose their meaning. A reservation of another generation returns nothing,
 * since its permits are no longer counted. The clones of a state that keys share have its
 * generation, because they have its counts.
 */
final class WindowSet {
  final Window[] windows;
  final int[] at;
  private final int numbers;
  private final AtomicLong generations = new AtomicLong();

  WindowSet(List<Window> windows) {
    this.windows = windows.toArray(Window[]::new);
    at = new int[this.windows.length];
    int next = 0;
    for (int i = 0; i < at.length; i++) {
      at[i] = next;
      next += this.windows[i].numbers;
    }
    numbers = next;
  }

  /** Returns the state of an unknown key. */
  long[] empty(long now) {
    var state = new long[numbers + 1];
    clear(state, now);
    return state;
  }

  void clear(long[] state, long now) {
    Arrays.fill(state, 0);
    state[numbers] = generations.incrementAndGet();
    advance(state, now);
  }

  long generation(long[] state) {
    return state[numbers];
  }

  /** Advances a state to the given time. */
  void advance(long[] state, long now) {
    boolean stepped = false;
    for (int i = 0; i < windows.length; i++) {
      stepped |= windows[i].advance(state, at[i], now);
    }
    if (stepped) {
      state[numbers] = generations.incrementAndGet();
    }
  }

  /** Returns whether an advanced state is equivalent to that of an unknown key. */
  boolean isIdle(long[] state) {
    for (int i = 0; i < windows.length; i++) {
      if (!windows[i].isIdle(state, at[i])) {
        return false;
      }
    }
    return true;
  }
}
