package io.gatewaykit.healthcheck;

/**
 * Learns of every change of a target's state, in order, on a thread of the engine's that no probe
 * waits for. What it throws is caught and logged.
 */
@FunctionalInterface
public interface HealthListener {
  /**
   * Called after a target came into another state.
   *
   * @param cause what decided it, for people
   */
  void onChange(String targetId, TargetState from, TargetState to, String cause);

  /** Called with every event; unless overridden, passes changes on to {@link #onChange}. */
  default void onEvent(HealthEvent event) {
    TargetState from = event.from();
    TargetState to = event.to();
    if (from != null && to != null) {
      onChange(event.targetId(), from, to, event.cause());
    }
  }
}
