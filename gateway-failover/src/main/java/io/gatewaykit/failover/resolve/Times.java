package io.gatewaykit.failover.resolve;

import java.time.Duration;

/** Checks settings that are times. */
final class Times {
  private static final Duration LONGEST = Duration.ofDays(30);

  private Times() {}

  static Duration check(String name, Duration time) {
    if (time.isNegative() || time.isZero() || time.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          name + ": " + time + " (expected: > 0, at most " + LONGEST + ")");
    }
    return time;
  }
}
