// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

/**
 * A listener for the events of a checker. Called in order, one event at a time, on a background
 * thread that does not run probes. Exceptions are caught and logged. A listener that blocks delays
 * only its own events.
 */
public interface HealthListener {
  /** Called with every event. The default implementation calls the matching method below. */
  default void onEvent(HealthEvent event) {
    switch (event.kind()) {
      case ADDED -> onAdded(event);
      case CHANGED -> onChange(event);
      case REMOVED -> onRemoved(event);
      case NOTICE -> onNotice(event);
      case RESYNC -> onResync(event);
    }
  }

  /** Called after a target was added. */
  default void onAdded(HealthEvent event) {}

  /** Called after the state of a target changed. */
  default void onChange(HealthEvent event) {}

  /** Called after a target was removed. */
  default void onRemoved(HealthEvent event) {}

  /** Called with a notice that concerns no single target. */
  default void onNotice(HealthEvent event) {}

  /** Called after events were dropped, with a snapshot that includes them. */
  default void onResync(HealthEvent event) {}
}
