// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.internal.Arguments;
import java.time.Duration;

/**
 * The pace at which the connections of an endpoint are notified that they should close.
 *
 * @param within the time in which all should close; more than zero, at most a day
 * @param perSecond the number of connections notified per second, more than zero, at most
 *     1,000,000; more are notified if the time is too short
 */
public record Draining(Duration within, double perSecond) {
  private static final Duration MAX_TIME = Duration.ofDays(1);

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public Draining {
    within = Arguments.positive("within", within, MAX_TIME);
    if (!(perSecond > 0 && perSecond <= 1e6)) {
      throw Arguments.outside("perSecond", perSecond, "> 0, at most 1000000");
    }
  }
}
