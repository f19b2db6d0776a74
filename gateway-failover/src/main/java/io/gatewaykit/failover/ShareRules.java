// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.failover.internal.line.LineLoads;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The rules for the shares of lines: levels by priority and locality, spill between levels, weights
 * within a level. They apply to each traffic class with the lines that may carry it.
 */
final class ShareRules<T> {
  /** The class of requests without one. */
  static final String NO_CLASS = "";

  private final LineSettings policy;
  private final boolean fastest;

  ShareRules(LineSettings policy) {
    this.policy = policy;
    this.fastest = policy.switcher().rules().fastest();
  }

  /** The healthy and the total weight of levels, and their caps. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Levels<T>(
      List<List<LinePool<T>>> lines, long[] healthy, long[] total, int[] caps) {}

  int rank(LinePool<T> pool) {
    Locality locality = policy.locality();
    return locality == null ? 0 : locality.rank(pool.line.line.labels());
  }

  /** Returns whether too few endpoints of all lines are healthy. */
  boolean panic(List<LinePool<T>> pools) {
    Levels<T> levels = levels(pools, NO_CLASS);
    int factor = policy.overprovisionPermille();
    int norm = LineLoads.norm(SelectionTable.SLOTS, factor, levels.healthy, levels.total);
    boolean panic = !levels.lines.isEmpty();
    for (int i = 0; i < levels.lines.size(); i++) {
      panic &=
          LineLoads.panic(
              SelectionTable.SLOTS, norm, levels.healthy[i], levels.total[i], policy.panicBelow());
    }
    return panic;
  }

  /** Returns the slots of lines, given in order of preference, for requests of a class. */
  int[] shares(List<LinePool<T>> pools, String trafficClass) {
    Levels<T> levels = levels(pools, trafficClass);
    int[] loads =
        LineLoads.of(
            SelectionTable.SLOTS,
            policy.overprovisionPermille(),
            levels.healthy,
            levels.total,
            levels.caps);
    var shares = new int[pools.size()];
    int at = 0;
    for (int i = 0; i < loads.length; i++) {
      for (int part : split(levels.lines.get(i), loads[i])) {
        shares[at++] = part;
      }
    }
    return shares;
  }

  /**
   * Returns the routes of all classes.
   *
   * @param pools all lines in order of preference
   * @param shares the slots of all lines for requests without a class
   * @param panic whether these shares are those of the panic mode, which the classes then inherit
   */
  SelectionTable.Routes<T> routes(List<LinePool<T>> pools, int[] shares, boolean panic) {
    var classes = new HashMap<String, LineRoute<T>>();
    for (String trafficClass : classes(pools)) {
      List<LinePool<T>> usable = usable(pools, trafficClass);
      int[] own = panic ? restricted(pools, shares, usable) : shares(usable, trafficClass);
      classes.put(trafficClass, new LineRoute<>(usable, own));
    }
    List<LinePool<T>> usable = usable(pools, NO_CLASS);
    if (usable.size() == pools.size()) {
      return new SelectionTable.Routes<>(new LineRoute<>(pools, shares), classes);
    }
    int[] own = panic ? restricted(pools, shares, usable) : shares(usable, NO_CLASS);
    return new SelectionTable.Routes<>(new LineRoute<>(usable, own), classes);
  }

  private Set<String> classes(List<LinePool<T>> pools) {
    var classes = new LinkedHashSet<String>();
    for (LinePool<T> pool : pools) {
      LineTraffic traffic = pool.line.line.traffic();
      if (traffic.hasClasses()) {
        classes.addAll(traffic.only());
        classes.addAll(traffic.excluded());
        classes.addAll(traffic.preferredBy());
      }
    }
    return classes;
  }

  /** Returns the lines that carry a class, preferred ones first. */
  private List<LinePool<T>> usable(List<LinePool<T>> pools, String trafficClass) {
    var usable = new ArrayList<LinePool<T>>();
    for (LinePool<T> pool : pools) {
      if (pool.line.line.traffic().carries(trafficClass)) {
        usable.add(pool);
      }
    }
    usable.sort(Comparator.comparing(pool -> !isPreferred(pool, trafficClass))); // stable
    return usable;
  }

  private boolean isPreferred(LinePool<T> pool, String trafficClass) {
    return pool.line.line.traffic().isPreferredBy(trafficClass);
  }

  /** Returns the shares of these lines in panic mode; without one, the first usable line's. */
  private int[] restricted(List<LinePool<T>> pools, int[] shares, List<LinePool<T>> usable) {
    var claims = new double[usable.size()];
    for (int i = 0; i < claims.length; i++) {
      claims[i] = shares[pools.indexOf(usable.get(i))];
    }
    int[] own = LineLoads.divide(SelectionTable.SLOTS, claims);
    for (int i = 0; i < claims.length && Arrays.stream(own).sum() == 0; i++) {
      own[i] = usable.get(i).eligible > 0 ? SelectionTable.SLOTS : 0;
    }
    return own;
  }

  private Levels<T> levels(List<LinePool<T>> pools, String trafficClass) {
    var lines = new ArrayList<List<LinePool<T>>>();
    LinePool<T> last = null;
    for (LinePool<T> pool : pools) {
      boolean together =
          last != null
              && !fastest
              && isPreferred(last, trafficClass) == isPreferred(pool, trafficClass)
              && last.line.line.priority() == pool.line.line.priority()
              && rank(last) == rank(pool);
      if (!together) {
        lines.add(new ArrayList<>());
      }
      lines.get(lines.size() - 1).add(pool);
      last = pool;
    }
    int n = lines.size();
    var levels = new Levels<>(lines, new long[n], new long[n], new int[n]);
    for (int i = 0; i < n; i++) {
      double open = 0;
      double all = 0;
      for (LinePool<T> pool : lines.get(i)) {
        levels.healthy[i] += pool.healthyWeight;
        levels.total[i] += pool.totalWeight;
        open += claim(pool, true);
        all += claim(pool, false);
      }
      levels.caps[i] = all == 0 ? 0 : (int) Math.round(SelectionTable.SLOTS * open / all);
    }
    return levels;
  }

  /** The claim of a line on the traffic of its level: its weight times its available fraction. */
  private double claim(LinePool<T> pool, boolean capped) {
    if (pool.totalWeight == 0) {
      return 0;
    }
    double claim = pool.line.line.weight() * (double) pool.healthyWeight / pool.totalWeight;
    return capped ? claim * pool.line.course.cap() : claim;
  }

  private int[] split(List<LinePool<T>> level, int load) {
    var claims = new double[level.size()];
    for (int i = 0; i < claims.length; i++) {
      claims[i] = claim(level.get(i), true);
    }
    if (Arrays.stream(claims).sum() == 0) { // only lines on hold: better than none
      for (int i = 0; i < claims.length; i++) {
        claims[i] = claim(level.get(i), false);
      }
    }
    return LineLoads.divide(load, claims);
  }
}
