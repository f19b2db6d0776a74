package io.gatewaykit.healthcheck;

import java.time.Duration;

/**
 * When a target whose real traffic fares worse than that of others is taken out for a time.
 * Immutable; begin with {@link #standard()}.
 *
 * @param failuresInARow ejects at once; 0 is off
 * @param successRateFactor ejects below mean − factor × standard deviation of all success rates; 0
 *     is off
 * @param failurePercentage ejects at this percentage of failures or more; 0 is off
 * @param minTargets how many targets with enough traffic the comparisons need
 * @param minRequests how much traffic is enough, in requests per interval
 * @param interval the time between two comparisons
 * @param baseEjection for how long a target is out the first time; the n-th time in a row, n times
 *     as long
 * @param maxEjection for how long at most
 * @param maxShare which share of all targets may be out; one always may, the last never
 * @param dryRun whether to report what would be ejected, and eject nothing
 */
public record Outliers(
    int failuresInARow,
    double successRateFactor,
    int failurePercentage,
    int minTargets,
    int minRequests,
    Duration interval,
    Duration baseEjection,
    Duration maxEjection,
    double maxShare,
    boolean dryRun) {
  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public Outliers {
    check("failuresInARow", failuresInARow, 0, 1_000_000);
    check("successRateFactor", successRateFactor, 0, 100);
    check("failurePercentage", failurePercentage, 0, 100);
    check("minTargets", minTargets, 1, 1_000_000);
    check("minRequests", minRequests, 1, 1_000_000);
    check("interval in ms", (double) interval.toMillis(), 1, 86_400_000);
    check("baseEjection in ms", (double) baseEjection.toMillis(), 1, 86_400_000);
    check(
        "maxEjection in ms",
        (double) maxEjection.toMillis(),
        (double) baseEjection.toMillis(),
        86_400_000);
    check("maxShare", maxShare, 0, 1);
  }

  private static void check(String field, double value, double from, double to) {
    if (!(value >= from && value <= to)) {
      throw new IllegalArgumentException(
          "%s: %s (expected: %s..%s)".formatted(field, text(value), text(from), text(to)));
    }
  }

  private static String text(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  /**
   * Returns the usual setting: 5 failures in a row, success rate by factor 1.9, 85 % failures,
   * among 5 targets of 100 requests or more in 10 seconds; out for 30 seconds to 5 minutes, 10 % at
   * most.
   */
  public static Outliers standard() {
    return new Outliers(
        5,
        1.9,
        85,
        5,
        100,
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofSeconds(300),
        0.1,
        false);
  }

  /** Returns this setting, reporting only. */
  public Outliers asDryRun() {
    return new Outliers(
        failuresInARow,
        successRateFactor,
        failurePercentage,
        minTargets,
        minRequests,
        interval,
        baseEjection,
        maxEjection,
        maxShare,
        true);
  }

  /** How many of so many targets may be out at once. */
  int mayBeOut(int targets) {
    return Math.min(Math.max(1, (int) (targets * maxShare)), targets - 1);
  }
}
