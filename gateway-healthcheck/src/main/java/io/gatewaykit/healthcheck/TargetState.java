package io.gatewaykit.healthcheck;

import io.gatewaykit.api.upstream.Health;

/**
 * How a target stands. The first four are verdicts, in the order, from best to worst, in which they
 * are packed into a word; the others say why no verdict applies.
 */
public enum TargetState {
  /** It works. */
  HEALTHY(Health.HEALTHY),
  /** It works, but has failed since. */
  MOSTLY_HEALTHY(Health.HEALTHY),
  /** It does not work, but has succeeded since; or its trial is under way. */
  MOSTLY_UNHEALTHY(Health.UNHEALTHY),
  /** It does not work. */
  UNHEALTHY(Health.UNHEALTHY),
  /** Nothing is known: no report yet, or the next real request is its trial. */
  CHECKING(Health.UNKNOWN),
  /** It works, but says that it would rather have less. */
  DEGRADED(Health.DEGRADED),
  /** It answers probes, but real traffic fares worse on it than on others: out for a time. */
  EJECTED(Health.UNHEALTHY),
  /** It is being taken out, by an operator or by its own word: nothing new goes there. */
  DRAINING(Health.DRAINING),
  /** An operator says that it works. */
  FORCED_UP(Health.HEALTHY),
  /** An operator says that it does not. */
  FORCED_DOWN(Health.UNHEALTHY);

  private final Health health;

  TargetState(Health health) {
    this.health = health;
  }

  /** Returns what selectors are told. */
  public Health health() {
    return health;
  }

  boolean available() {
    return health.available();
  }
}
