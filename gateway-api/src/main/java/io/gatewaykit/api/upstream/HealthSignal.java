package io.gatewaykit.api.upstream;

/**
 * Tells a selector which endpoints are healthy. Implemented by health checkers, consumed by
 * failover; neither knows the other. Thread-safe.
 */
public interface HealthSignal {

  /**
   * Returns the health of the endpoint, {@link Health#UNKNOWN} if nobody watches it. Never blocks.
   */
  Health health(String endpointId);

  /**
   * Calls the listener for each change from now on, in order, on a thread of the signal's choosing.
   * The listener must not block. A subscriber that first subscribes and then reads {@link #health}
   * misses nothing.
   */
  Subscription subscribe(Listener listener);

  /**
   * Calls the listener for each probe that succeeded from now on, on a thread of the signal's
   * choosing. The listener must not block. A signal that does not probe never calls it.
   */
  default Subscription subscribeProbes(ProbeListener listener) {
    return () -> {};
  }

  /** Receives what probes measure. What it throws is caught. */
  @FunctionalInterface
  interface ProbeListener {
    /** Called after a probe of the endpoint took so long, in nanoseconds. */
    void onProbe(String endpointId, long latencyNanos);
  }

  /** Receives changes of health. What it throws is caught and counted. */
  @FunctionalInterface
  interface Listener {
    /** Called after the endpoint's health became {@code health}. */
    void onHealth(String endpointId, Health health);
  }

  /** Ends a subscription; closing twice is harmless. */
  @FunctionalInterface
  interface Subscription extends AutoCloseable {
    @Override
    void close();
  }

  /** Returns the signal that knows nothing and never changes. */
  static HealthSignal unknown() {
    return UnknownHealth.INSTANCE;
  }
}
