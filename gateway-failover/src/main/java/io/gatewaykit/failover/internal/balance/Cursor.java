// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.balance;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/** Per-thread positions in a cycle; see {@link Stripes} for the effect of races. */
final class Cursor {
  private static final VarHandle PLACES = MethodHandles.arrayElementVarHandle(int[].class);

  /** The position of a thread that has not picked yet: beyond any end. */
  private static final int SCATTERED = Integer.MAX_VALUE;

  private final int[] places = new int[Stripes.slots()];
  private final long seed;
  private final AtomicInteger begun = new AtomicInteger();

  /** The start of each thread depends on the seed and on the order in which threads arrive. */
  Cursor(long seed) {
    this.seed = seed;
    Arrays.fill(places, SCATTERED);
  }

  /** Returns the next position of the calling thread in a cycle of this length. */
  int next(int length) {
    int slot = Stripes.mine();
    int place = (int) PLACES.getOpaque(places, slot);
    if (place >= length) {
      place = place == SCATTERED ? start(length) : 0;
    }
    PLACES.setOpaque(places, slot, place + 1);
    return place;
  }

  private int start(int length) {
    return Stripes.bounded(Stripes.mix(Stripes.mix(seed + begun.getAndIncrement())), length);
  }

  /** Returns the position that {@link #next} will return. */
  int place(int length) {
    int slot = Stripes.mine();
    int place = (int) PLACES.getOpaque(places, slot);
    if (place == SCATTERED) {
      place = start(length);
      PLACES.setOpaque(places, slot, place);
    }
    return place == length ? 0 : place;
  }
}
