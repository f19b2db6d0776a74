// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import io.gatewaykit.api.internal.Arguments;
import java.time.Duration;

/** Finds the largest cost that a limiter admits without delay, by reserving. */
final class PartialAcquire {
  private PartialAcquire() {}

  static <K> long tryAcquireUpTo(RateLimiter<K> limiter, K key, long max) {
    long cost = Arguments.notNegative("cost", max);
    if (cost == 0) {
      return 0;
    }
    Reservation all = limiter.reserve(key, cost, Duration.ZERO);
    if (all.admitted()) {
      return cost;
    }
    // remaining() also counts delayed requests: search below it.
    long rejected = Math.min(cost, all.decision().remaining() + 1);
    while (rejected > 1) {
      long fits = largestFitting(limiter, key, rejected);
      if (fits == 0 || limiter.reserve(key, fits, Duration.ZERO).admitted()) {
        return fits;
      }
      rejected = fits; // another caller took permits first
    }
    return 0;
  }

  private static <K> long largestFitting(RateLimiter<K> limiter, K key, long rejected) {
    long fits = 0;
    long tooMany = rejected;
    if (limiter.peek(key, rejected - 1, Duration.ZERO).admitted()) {
      return rejected - 1;
    }
    while (tooMany - fits > 1) {
      long middle = fits + (tooMany - fits) / 2;
      if (limiter.peek(key, middle, Duration.ZERO).admitted()) {
        fits = middle;
      } else {
        tooMany = middle;
      }
    }
    return fits;
  }
}
