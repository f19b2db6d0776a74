// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

/** The behavior of a group when too few of its endpoints are healthy to carry the traffic. */
public enum PanicMode {
  /**
   * Ignores health and keeps the traffic on its lines, so that a wrong signal does not become an
   * outage. Draining endpoints remain excluded. The default.
   */
  FAIL_OPEN,
  /** Ignores health as well, and distributes the traffic over all lines by weight. */
  SPREAD,
  /** Rejects requests that would most likely fail, or overload the last healthy endpoints. */
  REJECT
}
