package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.internal.engine.Schedule;
import io.gatewaykit.healthcheck.state.TargetState;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The validated settings of a {@link HealthCheckerBuilder}. Times are in nanoseconds. */
record CheckerSettings(
    String name,
    @Nullable Probe probe,
    Schedule schedule,
    long trialNanos,
    Thresholds active,
    Thresholds passive,
    boolean sharedVerdict,
    BitSet goodStatuses,
    BitSet badStatuses,
    Suspicion suspicion,
    TargetState initial,
    double panicBelow,
    long slowStartNanos,
    double massFailureShare,
    long retainNanos,
    @Nullable Outliers outliers,
    AddressResolver resolver,
    long staleNanos,
    List<HealthListener> listeners) {}
