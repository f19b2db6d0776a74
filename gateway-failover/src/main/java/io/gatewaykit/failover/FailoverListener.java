// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

/**
 * A listener for decisions of a group. Called on the thread that causes the event, so it must
 * return quickly. Exceptions are caught and logged.
 */
public interface FailoverListener {

  /** Called after traffic has moved to another line. */
  default void onSwitch(LineSwitchEvent event) {}

  /**
   * Called when a retry or a hedge has been assigned an endpoint, by the thread that starts it;
   * must not block. The outcome of each attempt is reported to {@link FailoverGroupBuilder#report}.
   */
  default void onRetry(RetryEvent event) {}

  /** Called after an endpoint was ejected because of consecutive failures. */
  default void onEjection(EjectionEvent event) {}

  /**
   * Called when too few endpoints are healthy to carry the traffic, so that the group's {@link
   * PanicMode} applies, and when enough are healthy again.
   */
  default void onPanic(PanicEvent event) {}
}
