package io.gatewaykit.failover;

/**
 * Divides traffic over levels of priority by Envoy's rule: a level that has lost less than the
 * over-provisioning factor allows keeps all its traffic; beyond that the rest spills to the next
 * level, and so on. Pure arithmetic in whole steps, so that the shares always add up. Source:
 * Envoy's {@code LoadBalancerBase::recalculatePerPriorityState}, there in steps of 1/100.
 */
final class LineLoads {
  private LineLoads() {}

  /**
   * Returns how many steps each level gets; their sum is {@code steps}, or 0 if all is down.
   *
   * @param steps how many steps to divide
   * @param factorPermille the over-provisioning factor; 1400: a level may lose two sevenths
   * @param healthy the weight that is available in each level
   * @param total the weight of each level
   * @param caps the most steps each level may have as long as others can take the rest
   */
  static int[] of(int steps, int factorPermille, long[] healthy, long[] total, int[] caps) {
    int levels = healthy.length;
    var full = new int[levels];
    var usable = new int[levels];
    int norm = 0;
    for (int i = 0; i < levels; i++) {
      full[i] = health(steps, factorPermille, healthy[i], total[i]);
      usable[i] = Math.min(full[i], caps[i]);
      norm += usable[i];
    }
    // A cap protects the users of the others; if they cannot take the rest, it protects nobody.
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
    for (int i = 0; i < levels && left > 0; i++) { // what rounding left
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

  /** Tells whether a level is in panic: the whole is overloaded, and most of it is unavailable. */
  static boolean panic(int steps, int norm, long healthy, long total, double threshold) {
    return norm < steps && (total == 0 || healthy < threshold * total || healthy == 0);
  }

  /** Returns the sum of the levels' health, at most {@code steps}. */
  static int norm(int steps, int factorPermille, long[] healthy, long[] total) {
    int norm = 0;
    for (int i = 0; i < healthy.length; i++) {
      norm = Math.min(steps, norm + health(steps, factorPermille, healthy[i], total[i]));
    }
    return norm;
  }

  /** Divides steps in proportion to shares; what rounding leaves goes to the largest share. */
  static int[] divide(int steps, double[] shares) {
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
