package io.gatewaykit.redis;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/** What every limiter asks of its callers' arguments. */
final class Arguments {
  private Arguments() {}

  static long cost(long cost) {
    if (cost < 1) {
      throw new IllegalArgumentException("cost: " + cost + " (expected: >= 1)");
    }
    return cost;
  }

  /** Returns a time in nanoseconds; what is longer than 292 years is as good as for ever. */
  static long nanos(String name, Duration time) {
    if (requireNonNull(time, name).isNegative()) {
      throw new IllegalArgumentException(name + ": " + time + " (expected: >= 0)");
    }
    return time.toSeconds() >= Long.MAX_VALUE / 1_000_000_000 ? Long.MAX_VALUE : time.toNanos();
  }

  static long range(String name, long value, long max) {
    if (value < 1 || value > max) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: 1.." + max + ")");
    }
    return value;
  }
}
