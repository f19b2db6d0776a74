// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import org.jspecify.annotations.Nullable;

/**
 * Notified of endpoints that go down, are removed or return. Methods are called on the thread that
 * detected the change, possibly under a lock: they must neither block nor call the application.
 */
interface EndpointWatch<T> {
  /** Called when the health of an endpoint has changed. */
  void healthChanged(EndpointState<T> endpoint, boolean usable);

  /** Called when an update has removed an endpoint, after the new table is in effect. */
  void removed(EndpointState<T> endpoint);

  /** Called when the number of overdue leases of an endpoint has increased. */
  void overdue(EndpointState<T> endpoint);

  /** Returns the state of a removed endpoint that still has leases, to be reused; else null. */
  @Nullable EndpointState<T> returning(String endpointId);

  /** Returns whether an operator drains the endpoint or its line. */
  boolean isDrained(String endpointId, String lineId);
}
