// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The routing table that a pick reads, published atomically: the lines in order of preference, and
 * the route of each traffic class over them. Immutable.
 */
final class SelectionTable<T> {
  static final int SLOTS = 1024;

  final LiveTopology<T> topology;

  /** All lines, preferred first. */
  final List<LinePool<T>> pools;

  /** The line with the largest share of the requests without a class; null if no line has one. */
  final @Nullable LinePool<T> active;

  /** Whether too few endpoints are healthy, so that the panic mode applies. */
  final boolean panic;

  /** Whether picks are rejected, in panic mode only. */
  final boolean rejects;

  /** Whether a pick reads the clock. */
  final boolean timed;

  /** Whether the active line was compared with the last one recorded; a benign race. */
  boolean noted;

  private final LineRoute<T> general;
  private final Map<String, LineRoute<T>> classes;

  /**
   * The routes of a table.
   *
   * @param general the route of requests without a class, or with one that no line names
   * @param classes the routes of the classes that lines name
   */
  record Routes<T>(LineRoute<T> general, Map<String, LineRoute<T>> classes) {}

  SelectionTable(
      LiveTopology<T> topology,
      List<LinePool<T>> pools,
      Routes<T> routes,
      boolean panic,
      boolean rejects) {
    this.topology = topology;
    this.pools = List.copyOf(pools);
    this.panic = panic;
    this.rejects = rejects;
    general = routes.general();
    classes = Map.copyOf(routes.classes());
    boolean clock = false;
    for (LinePool<T> pool : pools) {
      clock |= pool.picker != null && pool.picker.timed() || pool.startsSlowly();
    }
    timed = clock;
    active = general.active;
  }

  /** Returns the route of a request. */
  LineRoute<T> route(SelectContext context) {
    return classes.isEmpty() ? general : classes.getOrDefault(context.trafficClass(), general);
  }

  /** Returns the number of slots of a line for requests without a class; 0 if it was removed. */
  int share(LineState<?> line) {
    return general.share(line);
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
