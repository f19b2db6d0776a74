package io.gatewaykit.failover.internal.balance;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Each thread's place in a cycle; see {@link Stripes} for what a race costs. */
final class Cursor {
  private static final VarHandle PLACES = MethodHandles.arrayElementVarHandle(int[].class);

  private final int[] places = new int[Stripes.slots()];

  Cursor(long seed) {
    for (int slot = 0; slot < places.length; slot++) {
      places[slot] = (int) (Stripes.mix(seed + slot) >>> 33);
    }
  }

  /** Returns this thread's next place in a cycle of that length. */
  int next(int length) {
    int slot = Stripes.mine();
    int place = (int) PLACES.getOpaque(places, slot);
    if (place >= length) {
      // One past the end comes round; anything else is the random start.
      place = place == length ? 0 : place % length;
    }
    PLACES.setOpaque(places, slot, place + 1);
    return place;
  }

  /** Returns the place {@link #next} would return. */
  int place(int length) {
    return (int) PLACES.getOpaque(places, Stripes.mine()) % length;
  }
}
