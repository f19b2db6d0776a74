package io.gatewaykit.healthcheck;

/**
 * Learns what happens in a checker, in order, on a thread that no probe waits for. What it throws
 * is caught and logged; while it blocks, it alone waits.
 */
public interface HealthListener {
  /** Called with every event; unless overridden, passes it on to the methods below. */
  default void onEvent(HealthEvent event) {
    switch (event.kind()) {
      case ADDED -> onAdded(event);
      case CHANGED -> onChange(event);
      case REMOVED -> onRemoved(event);
      case NOTICE -> onNotice(event);
      case RESYNC -> onResync(event);
    }
  }

  /** Called after a target came. */
  default void onAdded(HealthEvent event) {}

  /** Called after a target came into another state. */
  default void onChange(HealthEvent event) {}

  /** Called after a target went. */
  default void onRemoved(HealthEvent event) {}

  /** Called with something that concerns no single target. */
  default void onNotice(HealthEvent event) {}

  /** Called when events were lost, with a snapshot that includes them. */
  default void onResync(HealthEvent event) {}
}
