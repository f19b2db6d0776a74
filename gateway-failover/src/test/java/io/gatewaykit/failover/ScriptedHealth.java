package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.HealthSignal;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A health signal that says what a test tells it to. */
final class ScriptedHealth implements HealthSignal {
  private final Map<String, Health> states = new ConcurrentHashMap<>();
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  void set(String endpointId, Health health) {
    states.put(endpointId, health);
    listeners.forEach(listener -> listener.onHealth(endpointId, health));
  }

  void allHealthy() {
    List.copyOf(states.keySet()).forEach(id -> set(id, Health.HEALTHY));
  }

  int subscribers() {
    return listeners.size();
  }

  @Override
  public Health health(String endpointId) {
    return states.getOrDefault(endpointId, Health.HEALTHY);
  }

  @Override
  public Subscription subscribe(Listener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }
}
