package io.gatewaykit.micrometer;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.failover.CircuitBreaker;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * Shows circuit breakers by their name. As their listener, {@code gateway.breaker.transitions} by
 * {@code breaker} and {@code to}; of each that is bound, {@code gateway.breaker.state} (1 for the
 * {@code state} it is in, 0 for others), {@code gateway.breaker.refused}, and of its window {@code
 * gateway.breaker.calls}, {@code gateway.breaker.failure.rate} and {@code
 * gateway.breaker.slow.rate} (0 to 1). One serves any number of breakers, such as all of a group.
 * Thread-safe.
 */
public final class BreakerMetrics implements CircuitBreaker.Listener, AutoCloseable {
  private final BoundedCounters transitions;
  private final NodeMeters breakers;

  /** Will register meters in the registry. */
  public BreakerMetrics(MeterRegistry registry) {
    breakers = new NodeMeters(requireNonNull(registry, "registry"));
    transitions =
        new BoundedCounters(
            registry, "gateway.breaker.transitions", "Changes of a circuit breaker's state");
  }

  /** Shows a breaker; does nothing if one of that name is shown. */
  public void bind(CircuitBreaker breaker) {
    breakers.add(breaker.snapshot().name(), meters -> register(breaker, meters));
  }

  /** Removes the meters of the breaker of that name. */
  public void unbind(String breaker) {
    breakers.remove(breaker);
    transitions.removeIf("breaker", breaker::equals);
  }

  private static void register(CircuitBreaker breaker, MeterGroup meters) {
    Tags tags = Tags.of("breaker", breaker.snapshot().name());
    meters.states(
        "gateway.breaker.state",
        "1 for the state that the breaker is in, 0 for others",
        tags,
        CircuitBreaker.State.class,
        state -> breaker.state() == state ? 1 : 0);
    meters.count(
        "gateway.breaker.refused",
        "Calls that the breaker refused",
        tags,
        () -> breaker.snapshot().refused());
    gauge(
        breaker,
        meters,
        tags,
        "gateway.breaker.calls",
        "Calls in the window",
        CircuitBreaker.Snapshot::calls);
    gauge(
        breaker,
        meters,
        tags,
        "gateway.breaker.failure.rate",
        "The part of them that failed",
        CircuitBreaker.Snapshot::failureRate);
    gauge(
        breaker,
        meters,
        tags,
        "gateway.breaker.slow.rate",
        "The part of them that was slow",
        CircuitBreaker.Snapshot::slowRate);
  }

  private static void gauge(
      CircuitBreaker breaker,
      MeterGroup meters,
      Tags tags,
      String name,
      String description,
      ToDoubleFunction<CircuitBreaker.Snapshot> value) {
    meters.gauge(name, description, tags, () -> value.applyAsDouble(breaker.snapshot()));
  }

  @Override
  public void onChange(CircuitBreaker.Change change) {
    transitions.increment("breaker", change.breaker(), "to", MeterGroup.lower(change.to()));
  }

  /** Removes the meters. */
  @Override
  public void close() {
    breakers.retain(Set.of());
    transitions.clear();
  }
}
