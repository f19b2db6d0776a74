// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.micrometer;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.failover.breaker.CircuitBreaker;
import io.gatewaykit.failover.breaker.CircuitBreakerEvent;
import io.gatewaykit.failover.breaker.CircuitBreakerListener;
import io.gatewaykit.failover.breaker.CircuitBreakerSnapshot;
import io.gatewaykit.failover.breaker.CircuitBreakerState;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * Meters of circuit breakers by name. As their listener, it counts {@code
 * gateway.breaker.transitions} by {@code breaker} and {@code to}. For each bound breaker it
 * provides {@code gateway.breaker.state} (1 for the current {@code state}, 0 for others), {@code
 * gateway.breaker.rejected}, and the values of its window: {@code gateway.breaker.calls}, {@code
 * gateway.breaker.failure.rate} and {@code gateway.breaker.slow.rate} (0 to 1). One instance serves
 * any number of breakers, such as all of a group. Thread-safe.
 */
public final class BreakerMetrics implements CircuitBreakerListener, AutoCloseable {
  private final BoundedCounters transitions;
  private final NodeMeters breakers;

  /** Creates an instance that registers its meters in the given registry. */
  public BreakerMetrics(MeterRegistry registry) {
    breakers = new NodeMeters(requireNonNull(registry, "registry"));
    transitions =
        new BoundedCounters(
            registry, "gateway.breaker.transitions", "State changes of circuit breakers");
  }

  /** Registers the meters of a breaker. No effect if a breaker of this name is already bound. */
  public void bind(CircuitBreaker breaker) {
    breakers.add(breaker.snapshot().name(), meters -> register(breaker, meters));
  }

  /** Removes the meters of the breaker with this name. */
  public void unbind(String breaker) {
    breakers.remove(breaker);
    transitions.removeIf("breaker", breaker::equals);
  }

  private static void register(CircuitBreaker breaker, MeterGroup meters) {
    Tags tags = Tags.of("breaker", breaker.snapshot().name());
    meters.states(
        "gateway.breaker.state",
        "1 for the current state of the breaker, 0 for others",
        tags,
        CircuitBreakerState.class,
        state -> breaker.state() == state ? 1 : 0);
    meters.count(
        "gateway.breaker.rejected",
        "Calls rejected by the breaker",
        tags,
        () -> breaker.snapshot().rejected());
    gauge(
        breaker,
        meters,
        tags,
        "gateway.breaker.calls",
        "Calls in the window",
        CircuitBreakerSnapshot::calls);
    gauge(
        breaker,
        meters,
        tags,
        "gateway.breaker.failure.rate",
        "Fraction of failed calls in the window",
        CircuitBreakerSnapshot::failureRate);
    gauge(
        breaker,
        meters,
        tags,
        "gateway.breaker.slow.rate",
        "Fraction of slow calls in the window",
        CircuitBreakerSnapshot::slowRate);
  }

  private static void gauge(
      CircuitBreaker breaker,
      MeterGroup meters,
      Tags tags,
      String name,
      String description,
      ToDoubleFunction<CircuitBreakerSnapshot> value) {
    meters.gauge(name, description, tags, () -> value.applyAsDouble(breaker.snapshot()));
  }

  @Override
  public void onChange(CircuitBreakerEvent change) {
    transitions.increment("breaker", change.breaker(), "to", MeterGroup.lower(change.to()));
  }

  /** Removes the meters. */
  @Override
  public void close() {
    breakers.retain(Set.of());
    transitions.clear();
  }
}
