// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.HealthChangeListener;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.ProbeListener;
import io.gatewaykit.api.upstream.Subscription;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A health signal controlled by a test. */
final class ScriptedHealth implements HealthSignal {
  private final Map<String, Health> states = new ConcurrentHashMap<>();
  private final List<HealthChangeListener> listeners = new CopyOnWriteArrayList<>();
  private final List<ProbeListener> probeListeners = new CopyOnWriteArrayList<>();

  void set(String endpointId, Health health) {
    states.put(endpointId, health);
    listeners.forEach(listener -> listener.onHealth(endpointId, health));
  }

  void allHealthy() {
    List.copyOf(states.keySet()).forEach(id -> set(id, Health.HEALTHY));
  }

  void probed(String endpointId, Duration latency) {
    probeListeners.forEach(listener -> listener.onProbe(endpointId, latency.toNanos()));
  }

  int subscribers() {
    return listeners.size() + probeListeners.size();
  }

  @Override
  public Health health(String endpointId) {
    return states.getOrDefault(endpointId, Health.HEALTHY);
  }

  @Override
  public Subscription subscribe(HealthChangeListener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  @Override
  public Subscription subscribeProbes(ProbeListener listener) {
    probeListeners.add(listener);
    return () -> probeListeners.remove(listener);
  }
}
