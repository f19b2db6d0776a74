// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.failover.internal.balance.Stripes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The lines that a traffic class may use, in order of preference, and the assignment of 1,024
 * traffic slots to them. A request is mapped to a slot at random or by its key. The slots of a line
 * are contiguous, so that a growing share takes over keys of its neighbor and moves no others.
 * Immutable.
 */
final class LineRoute<T> {
  /** Preferred first. */
  final List<LinePool<T>> pools;

  /** The number of slots of each pool. */
  final int[] shares;

  /** The line with the largest share; null if no line has one. */
  final @Nullable LinePool<T> active;

  private final @Nullable LinePool<T> only;
  private final short[] slots = new short[SelectionTable.SLOTS];

  LineRoute(List<LinePool<T>> pools, int[] shares) {
    this.pools = List.copyOf(pools);
    this.shares = shares;
    int largest = -1;
    int slot = 0;
    LinePool<T> whole = null;
    for (int i = 0; i < shares.length; i++) {
      for (int end = slot + shares[i]; slot < end; slot++) {
        slots[slot] = (short) i;
      }
      if (shares[i] > 0 && (largest < 0 || shares[i] > shares[largest])) {
        largest = i;
      }
      whole = shares[i] == SelectionTable.SLOTS ? pools.get(i) : whole;
    }
    active = largest < 0 ? null : pools.get(largest);
    only = whole;
  }

  /** Returns the line for a request; null if no line has a share. */
  @Nullable LinePool<T> line(SelectContext context, Stripes stripes) {
    if (only != null || active == null) {
      return only;
    }
    // Uses other bits of the key than the selection of the endpoint; otherwise a line would receive
    // only a fraction of each endpoint's keys.
    long draw = context.keyed() ? Stripes.mix(context.key() + 0x5bd1e995L) : stripes.random();
    return pools.get(slots[Stripes.bounded(draw, SelectionTable.SLOTS)]);
  }

  /** Returns the index of a random line by the weight of its endpoints, available or not. */
  int anyIndex(Stripes stripes) {
    long sum = 0;
    for (LinePool<T> pool : pools) {
      sum += pool.totalWeight;
    }
    double draw = (stripes.random() >>> 11) * 0x1p-53 * sum;
    for (int i = 0; i < pools.size(); i++) {
      draw -= pools.get(i).totalWeight;
      if (draw < 0) {
        return i;
      }
    }
    return 0;
  }

  /** Returns the index of the active line, or 0 if no line is active. */
  int activeIndex() {
    return active == null ? 0 : pools.indexOf(active);
  }

  /** Returns the number of slots of a line; 0 if it is not on this route. */
  int share(@Nullable Object line) {
    for (int i = 0; i < shares.length; i++) {
      if (pools.get(i).line.equals(line)) {
        return shares[i];
      }
    }
    return 0;
  }

  /** Returns the pool of a line, or null if it is not on this route. */
  @Nullable LinePool<T> pool(@Nullable Object line) {
    for (LinePool<T> pool : pools) {
      if (pool.line.equals(line)) {
        return pool;
      }
    }
    return null;
  }
}
