// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.line;

import java.util.List;

/**
 * The settings by which traffic moves between lines; {@code LineSwitcher.Builder} documents each.
 * Immutable.
 *
 * @param fastest whether lines of one priority compete by latency
 * @param margin the fraction by which another line must be faster
 * @param absoluteNanos the time by which another line must be faster as well
 * @param confirm the number of consecutive evaluations in which it must be faster
 * @param minSamples the number of measurements from which a latency is known
 * @param dwellNanos the minimum time between two switches by latency
 * @param riseNanos the hold time of a recovered line
 * @param halfLifeNanos the half-life of the penalty for flaps
 * @param suppress the penalty above which a line is excluded
 * @param reuse the penalty at which it is included again
 * @param stages the shares of the ramp, the last one 1
 * @param stageNanos the length of a stage
 * @param worseErrors the excess of the failure rate that rolls a stage back
 * @param worseLatency the ratio of latencies that rolls a stage back
 */
public record SwitchRules(
    boolean fastest,
    double margin,
    long absoluteNanos,
    int confirm,
    int minSamples,
    long dwellNanos,
    long riseNanos,
    long halfLifeNanos,
    double suppress,
    double reuse,
    List<Double> stages,
    long stageNanos,
    double worseErrors,
    double worseLatency) {
  /** Copies the stages. */
  public SwitchRules {
    stages = List.copyOf(stages);
  }
}
