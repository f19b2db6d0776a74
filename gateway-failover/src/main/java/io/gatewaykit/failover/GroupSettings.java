package io.gatewaykit.failover;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.OutcomeReport;
import io.gatewaykit.failover.breaker.CircuitBreakerFactory;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The settings of a group, as collected by {@link FailoverGroupBuilder}. Immutable. */
record GroupSettings<T>(
    String name,
    Topology<T> topology,
    boolean allowEmpty,
    LinePolicy lines,
    double probeTraffic,
    @Nullable Stickiness sticky,
    @Nullable Draining drainOnUnhealthy,
    RetryPolicy retry,
    int maxFails,
    long ejectionNanos,
    Supplier<@Nullable EndpointLimit> endpointLimit,
    @Nullable CircuitBreakerFactory breaker,
    @Nullable CircuitBreakerFactory lineBreaker,
    @Nullable ScheduledExecutorService scheduler,
    int leakDetectionSampling,
    long seed,
    Ticker ticker,
    HealthSignal health,
    OutcomeReport report,
    FailoverListener listener) {}
