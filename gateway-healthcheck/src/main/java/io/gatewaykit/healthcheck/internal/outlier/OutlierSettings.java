// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.outlier;

/**
 * The settings of outlier detection. A detector with the value 0 is disabled. Times are in
 * nanoseconds.
 *
 * @param consecutiveFailures failures until an immediate ejection
 * @param consecutiveGatewayFailures gateway failures until an immediate ejection
 * @param minAverage the success rate over time below which a target is ejected immediately, 0 to 1
 * @param averageNanos the window of that rate
 * @param averageRequests the requests needed in a window
 * @param successRateFactor standard deviations below the mean success rate
 * @param failurePercentage failures of a target, in percent
 * @param latencyFactor multiple of the median of the 90th percentiles of latency
 * @param minTargets targets needed for a comparison
 * @param minRequests requests of a target needed in an interval
 * @param intervalNanos the time between two comparisons
 * @param baseNanos the duration of the first ejection
 * @param maxNanos its maximum
 * @param maxJitterNanos the maximum jitter added to it
 * @param cap the bound on ejected targets
 * @param enforce the percentage of outliers that are ejected
 * @param releaseOnProbe whether a passed probe ends an ejection
 */
public record OutlierSettings(
    int consecutiveFailures,
    int consecutiveGatewayFailures,
    double minAverage,
    long averageNanos,
    int averageRequests,
    double successRateFactor,
    int failurePercentage,
    double latencyFactor,
    int minTargets,
    int minRequests,
    long intervalNanos,
    long baseNanos,
    long maxNanos,
    long maxJitterNanos,
    Cap cap,
    int enforce,
    boolean releaseOnProbe) {

  /** The bound on ejected targets. */
  @FunctionalInterface
  public interface Cap {
    /** Returns whether another target may be ejected while {@code ejected} of them are. */
    boolean allows(int targets, int ejected);
  }

  /** Returns a copy that ejects another percentage of the outliers. */
  public OutlierSettings withEnforce(int percent) {
    return new OutlierSettings(
        consecutiveFailures,
        consecutiveGatewayFailures,
        minAverage,
        averageNanos,
        averageRequests,
        successRateFactor,
        failurePercentage,
        latencyFactor,
        minTargets,
        minRequests,
        intervalNanos,
        baseNanos,
        maxNanos,
        maxJitterNanos,
        cap,
        percent,
        releaseOnProbe);
  }
}
