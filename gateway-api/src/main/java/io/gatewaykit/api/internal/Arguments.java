// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.internal;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Argument checks of all modules. Each returns the checked value. A message names the argument, the
 * value and the permitted range, for example {@code maxWaiting: 0 (expected: 1..1000)}.
 */
public final class Arguments {
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  private Arguments() {}

  /** Requires {@code min <= value <= max}. */
  public static int range(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw outside(name, value, min + ".." + max);
    }
    return value;
  }

  /** Requires {@code min <= value <= max}. */
  public static long range(String name, long value, long min, long max) {
    if (value < min || value > max) {
      throw outside(name, value, min + ".." + max);
    }
    return value;
  }

  /** Requires {@code min <= value <= max}. NaN is rejected. */
  public static double range(String name, double value, double min, double max) {
    if (!(value >= min && value <= max)) {
      throw outside(name, value, min + ".." + max);
    }
    return value;
  }

  /** Requires {@code min <= value <= max}. */
  public static Duration range(String name, Duration value, Duration min, Duration max) {
    if (requireNonNull(value, name).compareTo(min) < 0 || value.compareTo(max) > 0) {
      throw outside(name, value, min + ".." + max);
    }
    return value;
  }

  /** Requires a duration above zero, of at most {@code max}. */
  public static Duration positive(String name, Duration value, Duration max) {
    if (requireNonNull(value, name).isNegative() || value.isZero() || value.compareTo(max) > 0) {
      throw outside(name, value, "> 0, at most " + max);
    }
    return value;
  }

  /** Requires {@code value >= 0}. */
  public static long notNegative(String name, long value) {
    if (value < 0) {
      throw outside(name, value, ">= 0");
    }
    return value;
  }

  /** Requires a duration that is not negative. */
  public static Duration notNegative(String name, Duration value) {
    if (requireNonNull(value, name).isNegative()) {
      throw outside(name, value, ">= 0");
    }
    return value;
  }

  /**
   * Returns a duration in nanoseconds; it must not be negative. A duration above 292 years results
   * in {@link Long#MAX_VALUE}.
   */
  public static long nanos(String name, Duration value) {
    notNegative(name, value);
    return value.toSeconds() >= Long.MAX_VALUE / NANOS_PER_SECOND
        ? Long.MAX_VALUE
        : value.toNanos();
  }

  /** Requires a value. A null is an argument out of range, not a {@link NullPointerException}. */
  public static <T> T notNull(String name, @Nullable T value) {
    if (value == null) {
      throw outside(name, null, "a " + name);
    }
    return value;
  }

  /**
   * Requires that a setting of a builder has no value. Returns the new one.
   *
   * @param current the value set before, or null
   * @throws IllegalStateException if the setting has a value; the message contains both values
   */
  public static <T> T once(String name, @Nullable Object current, T value) {
    requireNonNull(value, name);
    if (current != null) {
      throw new IllegalStateException(
          name + ": " + value + " (expected: set once, but already " + current + ")");
    }
    return value;
  }

  /**
   * Requires that another setting of a builder, which this one excludes, has no value.
   *
   * @param otherValue the value of the other setting, or null
   * @throws IllegalStateException if the other setting has a value; the message names both settings
   */
  public static void excludes(String name, String other, @Nullable Object otherValue) {
    if (otherValue != null) {
      throw new IllegalStateException(name + ", " + other + ": both set (expected: only one)");
    }
  }

  /**
   * Returns the exception for a value outside its range.
   *
   * @param expected the permitted values, without "expected:"
   */
  public static IllegalArgumentException outside(
      String name, @Nullable Object value, String expected) {
    return new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
  }
}
