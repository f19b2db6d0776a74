// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * The state of a key after {@link RateLimiter#charge}.
 *
 * @param remaining the number of requests of cost 1 that would be admitted now
 * @param resetAfter the time until the entire quota is available again, debt included
 * @param unbooked the permits that could not be booked, see {@link RateLimiter#charge}; 0 if all
 *     were
 */
public record Balance(long remaining, Duration resetAfter, long unbooked) {
  /** Checks for null values. */
  public Balance(long remaining, Duration resetAfter, long unbooked) {
    this.remaining = remaining;
    this.resetAfter = requireNonNull(resetAfter, "resetAfter");
    this.unbooked = unbooked;
  }

  /** Returns the balance of two limits that apply together. */
  Balance and(Balance other) {
    return new Balance(
        Math.min(remaining, other.remaining),
        resetAfter.compareTo(other.resetAfter) >= 0 ? resetAfter : other.resetAfter,
        Math.max(unbooked, other.unbooked));
  }

  /**
   * Returns the balance of a bucket; for limiters of other stores.
   *
   * @param backlog the backlog in the limit's units
   * @param reserved the permits of the burst reserved for others
   */
  public static Balance of(Gcra gcra, long backlog, long reserved, long unbooked) {
    return new Balance(
        gcra.remaining(backlog, reserved), Duration.ofNanos(gcra.ceilNanos(backlog)), unbooked);
  }
}
