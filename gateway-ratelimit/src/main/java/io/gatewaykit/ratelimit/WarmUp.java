// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import io.gatewaykit.api.internal.Arguments;
import java.time.Duration;

/**
 * Selects the limit of a bucket during its warm-up: the rate rises from a fraction of the limit to
 * all of it in sixteen equal steps. A bucket is cold when it is new, and when it has been empty for
 * the duration of a warm-up.
 */
final class WarmUp {
  private static final int STEPS = 16;

  /** The warm-up of a bucket that is always warm. */
  static final WarmUp NONE = new WarmUp(Long.MAX_VALUE, 1);

  final long nanos;
  private final long factor;

  private WarmUp(long nanos, long factor) {
    this.nanos = nanos;
    this.factor = factor;
  }

  /**
   * Returns the warm-up of the given length, from 1/factor of the rate.
   *
   * @throws IllegalArgumentException if the length is not positive or the factor not 2 to 1000
   */
  static WarmUp of(Duration length, long factor) {
    long nanos = Arguments.nanos("warmUp", length);
    if (nanos < STEPS) {
      throw Arguments.outside("warmUp", length, ">= PT0.000000016S");
    }
    Arguments.range("coldFactor", factor, 2, 1000);
    return new WarmUp(nanos, factor);
  }

  /** Returns the step at the given time since the bucket was cold: 0 is cold, 16 is warm. */
  int step(long sinceCold) {
    return factor == 1 || sinceCold >= nanos
        ? STEPS
        : (int) Math.min(STEPS, Math.max(0, sinceCold) / (nanos / STEPS));
  }

  /** Returns the duration of a step, in nanoseconds. */
  long length(int step) {
    return step >= STEPS ? Long.MAX_VALUE : nanos / STEPS;
  }

  /** Returns the limit of a step. */
  Gcra gcra(Gcra warm, int step) {
    return step >= STEPS ? warm : warm.slowed(STEPS * factor, STEPS + (factor - 1) * (long) step);
  }
}
