// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.balance;

/**
 * The factor by which the weight of one endpoint is adjusted, so that the utilization that the
 * endpoints of a line report becomes equal.
 *
 * <p>The utilization of an endpoint is proportional to its share of the requests, so its logarithm
 * is the error of an integral controller of the logarithm of the weight. The gain of a tenth per
 * second is stable if reports are up to ten seconds old, and removes 95 % of a difference within 30
 * seconds. A controller needs no rate of requests, unlike the quotient of both: a client sees its
 * own requests only, while the utilization is caused by those of all clients.
 *
 * <p>Not thread-safe: used by the single writer of the group's selection tables.
 */
public final class LoadFactor {
  private static final double GAIN = 0.1;
  private static final double MAX_LOG = Math.log(10);

  /** Utilization below which differences are noise. */
  private static final double IDLE = 0.02;

  /** A change of the weight below this is not applied, so that the table is rarely rebuilt. */
  private static final double MIN_CHANGE = Math.log(1.05);

  private double log;
  private double appliedLog;

  /**
   * Adjusts the factor; called once a second.
   *
   * @param own the utilization of this endpoint
   * @param mean the mean utilization of the endpoints that report
   */
  public void adjust(double own, double mean) {
    if (mean < IDLE) {
      return;
    }
    double error = Math.log(mean / Math.max(own, mean / 10));
    move(GAIN * Math.max(-1, Math.min(1, error)));
  }

  /** Moves the factor towards 1, as the endpoint has not reported recently; once a second. */
  public void decay() {
    move(-GAIN * log);
    if (Math.abs(log) < MIN_CHANGE) {
      log = 0;
      appliedLog = 0;
    }
  }

  private void move(double change) {
    log = Math.max(-MAX_LOG, Math.min(MAX_LOG, log + change));
    if (Math.abs(log - appliedLog) >= MIN_CHANGE) {
      appliedLog = log;
    }
  }

  /** Returns the factor to apply, 0.1 to 10. */
  public double applied() {
    return Math.exp(appliedLog);
  }
}
