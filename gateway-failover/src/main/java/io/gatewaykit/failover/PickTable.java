package io.gatewaykit.failover;

import io.gatewaykit.failover.internal.balance.Stripes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a pick looks at, published whole: the lines in the order they are preferred, and which
 * of them gets which of the 1,024 slots of traffic. A request draws a slot at random, or by its
 * key; since the shares lie one after the other, a growing share takes over keys of its neighbour
 * and moves no others. Immutable.
 */
final class PickTable<T> {
  static final int SLOTS = 1024;

  final LiveTopology<T> topology;

  /** Preferred first. */
  final List<LinePool<T>> pools;

  /** Each pool's share of the slots. */
  final int[] shares;

  /** The line with the largest share; null if there is none. */
  final @Nullable LinePool<T> active;

  /** Whether nothing is healthy enough, so that the mode for panic applies. */
  final boolean panic;

  /** In panic, whether picks are refused. */
  final boolean refuse;

  /** Whether a pick reads the clock. */
  final boolean timed;

  /** Whether it was checked that traffic going to {@link #active} is no news; racy, harmlessly. */
  boolean noted;

  private final @Nullable LinePool<T> only;
  private final short[] slots;

  PickTable(
      LiveTopology<T> topology,
      List<LinePool<T>> pools,
      int[] shares,
      boolean panic,
      boolean refuse) {
    this.topology = topology;
    this.pools = List.copyOf(pools);
    this.shares = shares;
    this.panic = panic;
    this.refuse = refuse;
    slots = new short[SLOTS];
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
      whole = shares[i] == SLOTS ? pools.get(i) : whole;
    }
    boolean clock = false;
    for (LinePool<T> pool : pools) {
      clock |= pool.picker != null && pool.picker.timed() || pool.startsSlowly();
    }
    timed = clock;
    active = largest < 0 ? null : pools.get(largest);
    only = whole;
  }

  /** Returns the line this request belongs to; null: no line has any share. */
  @Nullable LinePool<T> line(SelectContext context, Stripes stripes) {
    if (only != null || active == null) {
      return only;
    }
    // Other bits of the key than those that choose the endpoint, or a line would see a part of each
    // endpoint's keys only.
    long draw = context.keyed() ? Stripes.mix(context.key() + 0x5bd1e995L) : stripes.random();
    return pools.get(slots[Stripes.bounded(draw, SLOTS)]);
  }

  /** Whether the line gets any of the traffic at present. */
  boolean hasTraffic(LinePool<T> pool) {
    int index = pools.indexOf(pool);
    return index >= 0 && shares[index] > 0;
  }

  /** Returns the line's pool, or null if the line is not there any more. */
  @Nullable LinePool<T> pool(@Nullable LineState<?> line) {
    for (LinePool<T> pool : pools) {
      if (pool.line == line) {
        return pool;
      }
    }
    return null;
  }
}
