// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.state;

import io.gatewaykit.api.upstream.Health;

/**
 * The state of a target. The first four are verdicts, ordered from best to worst as they are packed
 * into a word. The others apply in place of a verdict.
 */
public enum TargetState {
  /** Healthy. */
  HEALTHY(Health.HEALTHY),
  /** Healthy, but with failures since. */
  MOSTLY_HEALTHY(Health.HEALTHY),
  /** Unhealthy, but with successes since; or its trial request is in flight. */
  MOSTLY_UNHEALTHY(Health.UNHEALTHY),
  /** Unhealthy. */
  UNHEALTHY(Health.UNHEALTHY),
  /** Unknown: no report so far, or the next real request is its trial. */
  CHECKING(Health.UNKNOWN),
  /** Healthy, but reported itself degraded; should receive less traffic. */
  DEGRADED(Health.DEGRADED),
  /**
   * Passes probes, but performs worse than others with real traffic; excluded for a limited time.
   */
  EJECTED(Health.UNHEALTHY),
  /** Draining, by an operator or by its own announcement: it receives no new requests. */
  DRAINING(Health.DRAINING),
  /** Forced healthy by an operator. */
  FORCED_UP(Health.HEALTHY),
  /** Forced unhealthy by an operator. */
  FORCED_DOWN(Health.UNHEALTHY);

  private final Health health;

  TargetState(Health health) {
    this.health = health;
  }

  /** Returns the health reported to selectors. */
  public Health health() {
    return health;
  }

  /** Returns whether the target may receive new requests in this state. */
  public boolean available() {
    return health.available();
  }
}
