// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.outlier;

/**
 * The recent success rate, as in Finagle's failure accrual: a moving average in which earlier
 * results decay by 1/e within each window, and each result is weighted by the time since the
 * previous one. Thread-safe; each update acquires a lock that is used for nothing else.
 */
final class SuccessAverage {
  private final double windowNanos;
  private double average;
  private double recent; // the approximate number of requests in the last window
  private long first;
  private long last;

  SuccessAverage(long windowNanos) {
    this.windowNanos = windowNanos;
  }

  /**
   * Records a request. Returns the rate; 1 until one window has elapsed and contained enough
   * requests.
   */
  synchronized double count(boolean success, int needed, long now) {
    double result = success ? 1 : 0;
    if (recent == 0) {
      first = now;
      average = result;
    } else {
      double decay = Math.exp(-Math.max(0, now - last) / windowNanos);
      average = result * (1 - decay) + average * decay;
      recent *= decay;
    }
    recent++;
    last = now;
    return recent >= needed && now - first >= windowNanos ? average : 1;
  }

  /** Resets the average. */
  synchronized void reset() {
    recent = 0;
  }
}
