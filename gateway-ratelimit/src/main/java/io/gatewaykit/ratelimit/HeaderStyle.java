// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

/** The header fields that inform a client of its limits. */
public enum HeaderStyle {
  /** None. */
  NONE,
  /** {@code RateLimit-Policy} and {@code RateLimit} of draft-ietf-httpapi-ratelimit-headers-11. */
  STANDARD,
  /**
   * {@code X-RateLimit-Limit}, {@code X-RateLimit-Remaining} and {@code X-RateLimit-Reset} (in
   * seconds from now), which many clients support.
   */
  LEGACY,
  /** Both sets. */
  BOTH;

  boolean standard() {
    return this == STANDARD || this == BOTH;
  }

  boolean legacy() {
    return this == LEGACY || this == BOTH;
  }
}
