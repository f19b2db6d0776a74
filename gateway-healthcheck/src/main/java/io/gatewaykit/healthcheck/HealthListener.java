package io.gatewaykit.healthcheck;

/**
 * Learns of every change of a target's state. Must be quick; what it throws is caught and logged.
 */
@FunctionalInterface
public interface HealthListener {
  /**
   * Called after a target came into another state, in order.
   *
   * @param cause what decided it, for people
   */
  void onChange(String targetId, TargetState from, TargetState to, String cause);
}
