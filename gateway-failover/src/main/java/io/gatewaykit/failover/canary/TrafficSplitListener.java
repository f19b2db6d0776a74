// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.canary;

/**
 * A listener for rollbacks. Called on the thread of the report that triggers it, so it must return
 * quickly. Exceptions are caught and logged.
 */
public interface TrafficSplitListener {
  /** Called after the guard has set the canary's share to 0. */
  default void onRollback(CanaryRollback rollback) {}
}
