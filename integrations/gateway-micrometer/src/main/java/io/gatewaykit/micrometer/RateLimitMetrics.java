package io.gatewaykit.micrometer;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.ratelimit.RateLimitListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/**
 * Counts what a limiter decides: {@code gateway.ratelimit.requests} by {@code limiter} and {@code
 * outcome} ({@code allowed}, {@code delayed}, {@code rejected}), and times the delays it imposes in
 * {@code gateway.ratelimit.delay}. To be given to {@code MonitoredLimiter.of}. Keys are never tags.
 * Thread-safe; allocates nothing for a decision.
 */
public final class RateLimitMetrics implements RateLimitListener<Object>, AutoCloseable {
  private final MeterRegistry registry;
  private final Counter allowed;
  private final Counter delayed;
  private final Counter rejected;
  private final Timer delays;

  /** Registers the meters of the named limiter. */
  public RateLimitMetrics(MeterRegistry registry, String limiter) {
    this.registry = requireNonNull(registry, "registry");
    allowed = counter(limiter, "allowed");
    delayed = counter(limiter, "delayed");
    rejected = counter(limiter, "rejected");
    delays =
        Timer.builder("gateway.ratelimit.delay")
            .description("Delays imposed on requests by the limiter")
            .tag("limiter", limiter)
            .register(registry);
  }

  private Counter counter(String limiter, String outcome) {
    return Counter.builder("gateway.ratelimit.requests")
        .description("Requests by what the limiter decided")
        .tag("limiter", limiter)
        .tag("outcome", outcome)
        .register(registry);
  }

  @Override
  public void onAdmitted(Object key, long cost, long delayNanos) {
    if (delayNanos > 0) {
      delayed.increment();
      delays.record(delayNanos, TimeUnit.NANOSECONDS);
    } else {
      allowed.increment();
    }
  }

  @Override
  public void onRefused(Object key, long cost, long retryNanos) {
    rejected.increment();
  }

  /** Removes the meters. */
  @Override
  public void close() {
    registry.remove(allowed);
    registry.remove(delayed);
    registry.remove(rejected);
    registry.remove(delays);
  }
}
