package io.gatewaykit.healthcheck;

import io.gatewaykit.api.upstream.Health;

/**
 * How a target stands: what was decided, and whether something speaks against it. The order, from
 * best to worst, is that of the packed verdict.
 */
public enum TargetState {
  /** It works. */
  HEALTHY(Health.HEALTHY),
  /** It works, but has failed since. */
  MOSTLY_HEALTHY(Health.HEALTHY),
  /** It does not work, but has succeeded since. */
  MOSTLY_UNHEALTHY(Health.UNHEALTHY),
  /** It does not work. */
  UNHEALTHY(Health.UNHEALTHY);

  private final Health health;

  TargetState(Health health) {
    this.health = health;
  }

  /** Returns what selectors are told. */
  public Health health() {
    return health;
  }
}
