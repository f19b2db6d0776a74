// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.upstream;

/** A listener for the changes of a {@link HealthSignal}. Exceptions are caught and counted. */
@FunctionalInterface
public interface HealthChangeListener {
  /** Called after the endpoint's health became {@code health}. */
  void onHealth(String endpointId, Health health);
}
