// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.failover;

import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.HealthChangeListener;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.Subscription;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A health signal that is set manually. */
final class SwitchedHealth implements HealthSignal {
  private final Map<String, Health> said = new ConcurrentHashMap<>();
  private final List<HealthChangeListener> listeners = new CopyOnWriteArrayList<>();

  void set(String endpointId, Health health) {
    said.put(endpointId, health);
    for (HealthChangeListener listener : listeners) {
      listener.onHealth(endpointId, health);
    }
  }

  @Override
  public Health health(String endpointId) {
    return said.getOrDefault(endpointId, Health.HEALTHY);
  }

  @Override
  public Subscription subscribe(HealthChangeListener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }
}
