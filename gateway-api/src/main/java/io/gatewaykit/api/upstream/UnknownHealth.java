// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.upstream;

import static java.util.Objects.requireNonNull;

/** The signal used without a health checker. */
enum UnknownHealth implements HealthSignal {
  INSTANCE;

  @Override
  public Health health(String endpointId) {
    requireNonNull(endpointId, "endpointId");
    return Health.UNKNOWN;
  }

  @Override
  public Subscription subscribe(HealthChangeListener listener) {
    requireNonNull(listener, "listener");
    return () -> {};
  }
}
