// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.upstream;

/** The health of an endpoint. */
public enum Health {
  /** Not monitored, or not probed so far. Treated as available. */
  UNKNOWN(true),
  /** Healthy. */
  HEALTHY(true),
  /** Healthy, but reported or observed to be degraded; should receive less traffic. */
  DEGRADED(true),
  /** Unhealthy. */
  UNHEALTHY(false),
  /** Healthy, but being removed: it must not receive new requests. */
  DRAINING(false);

  private final boolean available;

  Health(boolean available) {
    this.available = available;
  }

  /** Returns whether new requests may be sent to the endpoint. */
  public boolean available() {
    return available;
  }
}
