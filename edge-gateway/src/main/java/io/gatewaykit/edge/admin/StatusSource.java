// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.admin;

/** Supplies the status of the gateway. Thread-safe. */
@FunctionalInterface
public interface StatusSource {
  /** Returns a current snapshot. */
  GatewayStatus status();
}
