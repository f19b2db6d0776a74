package io.gatewaykit.failover;

/**
 * What share of its picks an endpoint takes while it warms up: Envoy's rule, {@code max(0.1, (age /
 * window) ^ (1 / aggression))} with an aggression of 1. It applies to endpoints that were added to
 * a running group or came back, never when a group starts.
 */
final class SlowStart {
  static final double LEAST = 0.1;

  /** What a degraded endpoint takes. */
  static final double DEGRADED = 0.5;

  private SlowStart() {}

  static double factor(long ageNanos, long windowNanos, double aggression) {
    if (ageNanos >= windowNanos) {
      return 1;
    }
    double age = Math.max(1e-9, ageNanos / (double) windowNanos);
    return Math.max(LEAST, aggression == 1 ? age : Math.pow(age, 1 / aggression));
  }

  static double factor(EndpointState<?> state, int veto, long windowNanos, long now) {
    double factor = 1;
    if ((veto & EndpointState.SOFT_STARTING) != 0) {
      factor = factor(now - state.startingSince, windowNanos, 1);
    }
    return (veto & EndpointState.SOFT_DEGRADED) != 0 ? factor * DEGRADED : factor;
  }
}
