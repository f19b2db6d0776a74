package io.gatewaykit.failover;

import io.gatewaykit.failover.internal.balance.Stripes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The routing table that a pick reads, published atomically: the lines in order of preference, and
 * the assignment of 1,024 traffic slots to them. A request is mapped to a slot at random or by its
 * key. The slots of a line are contiguous, so that a growing share takes over keys of its neighbor
 * and moves no others. Immutable.
 */
final class SelectionTable<T> {
  static final int SLOTS = 1024;

  final LiveTopology<T> topology;

  /** Preferred first. */
  final List<LinePool<T>> pools;

  /** The number of slots of each pool. */
  final int[] shares;

  /** The line with the largest share; null if no line has one. */
  final @Nullable LinePool<T> active;

  /** Whether too few endpoints are healthy, so that the panic mode applies. */
  final boolean panic;

  /** Whether picks are rejected, in panic mode only. */
  final boolean refuse;

  /** Whether a pick reads the clock. */
  final boolean timed;

  /** Whether the active line was compared with the last one recorded; a benign race. */
  boolean noted;

  private final @Nullable LinePool<T> only;
  private final short[] slots;

  SelectionTable(
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

  /** Returns the line for a request; null if no line has a share. */
  @Nullable LinePool<T> line(SelectContext context, Stripes stripes) {
    if (only != null || active == null) {
      return only;
    }
    // Uses other bits of the key than the selection of the endpoint; otherwise a line would receive
    // only a fraction of each endpoint's keys.
    long draw = context.keyed() ? Stripes.mix(context.key() + 0x5bd1e995L) : stripes.random();
    return pools.get(slots[Stripes.bounded(draw, SLOTS)]);
  }

  /** Returns whether the line currently receives traffic. */
  boolean hasTraffic(LinePool<T> pool) {
    int index = pools.indexOf(pool);
    return index >= 0 && shares[index] > 0;
  }

  /** Returns the number of slots of a line; 0 if it was removed. */
  int share(LineState<?> line) {
    for (int i = 0; i < shares.length; i++) {
      if (pools.get(i).line == line) {
        return shares[i];
      }
    }
    return 0;
  }

  /** Returns the pool of a line, or null if the line was removed. */
  @SuppressWarnings("ReferenceEquality") // identity, not equality
  @Nullable LinePool<T> pool(@Nullable Object line) {
    for (LinePool<T> pool : pools) {
      if (pool.line == line) {
        return pool;
      }
    }
    return null;
  }
}
