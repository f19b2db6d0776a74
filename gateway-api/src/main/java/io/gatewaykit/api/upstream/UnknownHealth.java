package io.gatewaykit.api.upstream;

import static java.util.Objects.requireNonNull;

/** The signal of those who have no health checker. */
enum UnknownHealth implements HealthSignal {
  INSTANCE;

  @Override
  public Health health(String endpointId) {
    requireNonNull(endpointId, "endpointId");
    return Health.UNKNOWN;
  }

  @Override
  public Subscription subscribe(Listener listener) {
    requireNonNull(listener, "listener");
    return () -> {};
  }
}
