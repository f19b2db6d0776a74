// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.line;

/**
 * Distributes traffic across priority levels by Envoy's rule: a level that has lost less capacity
 * than the overprovisioning factor allows keeps all of its traffic; beyond that, the excess spills
 * to the next level. Pure integer arithmetic, so that the shares always add up. Source: Envoy's
 * {@code LoadBalancerBase::recalculatePerPriorityState}, which uses steps of 1/100.
 */
public final class LineLoads {
  private LineLoads() {}

  /**
   * Returns the number of steps for each level; their sum is {@code steps}, or 0 if all levels are
   * down.
   *
   * @param steps the number of steps to distribute
   * @param factorPermille the overprovisioning factor; 1400: a level may lose two sevenths
   * @param healthy the available weight in each level
   * @param total the weight of each level
   * @param caps the maximum steps of each level as long as others can carry the rest
   */
  public static int[] of(int steps, int factorPermille, long[] healthy, long[] total, int[] caps) {
    int levels = healthy.length;
    var full = new int[levels];
    var usable = new int[levels];
    int norm = 0;
    for (int i = 0; i < levels; i++) {
      full[i] = health(steps, factorPermille, healthy[i], total[i]);
      usable[i] = Math.min(full[i], caps[i]);
      norm += usable[i];
    }
    // A cap limits the risk of a returning line; it yields if the others cannot carry the rest.
    for (int i = 0; i < levels && norm < steps; i++) {
      int more = Math.min(steps - norm, full[i] - usable[i]);
      usable[i] += more;
      norm += more;
    }
    norm = Math.min(steps, norm);
    var loads = new int[levels];
    int left = norm == 0 ? 0 : steps;
    for (int i = 0; i < levels && norm > 0; i++) {
      loads[i] = Math.min(left, usable[i] * steps / norm);
      left -= loads[i];
    }
    for (int i = 0; i < levels && left > 0; i++) { // remainder of rounding
      if (usable[i] > 0) {
        loads[i] += left;
        left = 0;
      }
    }
    return loads;
  }

  private static int health(int steps, int factorPermille, long healthy, long total) {
    return total == 0 ? 0 : (int) Math.min(steps, healthy * factorPermille * steps / 1000 / total);
  }

  /**
   * Returns whether a level is in panic: the group is overloaded, and too little of the level is
   * available.
   */
  public static boolean panic(int steps, int norm, long healthy, long total, double threshold) {
    return norm < steps && (total == 0 || healthy < threshold * total || healthy == 0);
  }

  /** Returns the sum of the levels' health, at most {@code steps}. */
  public static int norm(int steps, int factorPermille, long[] healthy, long[] total) {
    int norm = 0;
    for (int i = 0; i < healthy.length; i++) {
      norm = Math.min(steps, norm + health(steps, factorPermille, healthy[i], total[i]));
    }
    return norm;
  }

  /**
   * Divides steps in proportion to shares; the largest share receives the remainder of rounding.
   */
  public static int[] divide(int steps, double[] shares) {
    double sum = 0;
    int largest = 0;
    for (int i = 0; i < shares.length; i++) {
      sum += shares[i];
      largest = shares[i] > shares[largest] ? i : largest;
    }
    var parts = new int[shares.length];
    if (sum <= 0) {
      return parts;
    }
    int left = steps;
    for (int i = 0; i < shares.length; i++) {
      parts[i] = (int) (steps * shares[i] / sum);
      left -= parts[i];
    }
    parts[largest] += left;
    return parts;
  }
}
