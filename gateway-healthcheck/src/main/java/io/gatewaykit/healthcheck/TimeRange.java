// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.api.internal.Arguments;
import java.time.Duration;

/** The permitted range of intervals and other times of a checker. */
final class TimeRange {
  private static final Duration MIN = Duration.ofMillis(1);
  private static final Duration MAX = Duration.ofDays(1);

  private TimeRange() {}

  /** Requires a duration of 1 ms to 24 h. */
  static Duration check(String name, Duration time) {
    if (time.compareTo(MIN) < 0 || time.compareTo(MAX) > 0) {
      throw Arguments.outside(name, time, "1 ms to 24 h");
    }
    return time;
  }
}
