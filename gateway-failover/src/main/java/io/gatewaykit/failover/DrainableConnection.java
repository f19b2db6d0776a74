// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import java.time.Duration;

/** A long-lived connection that a drain notifies. */
interface DrainableConnection {
  /** Notifies it that it should close within {@code left}. */
  void onDrain(Duration left);

  /** Notifies it that the time has elapsed. */
  void onDeadline();

  /** Returns whether it has not ended yet. */
  boolean isOpen();
}
