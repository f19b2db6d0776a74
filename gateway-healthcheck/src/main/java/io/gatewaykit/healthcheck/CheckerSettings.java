// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.api.upstream.AddressResolver;
import io.gatewaykit.healthcheck.internal.engine.Schedule;
import io.gatewaykit.healthcheck.state.TargetState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The validated settings of a {@link HealthCheckerBuilder}. Times are in nanoseconds. */
record CheckerSettings(
    String name,
    @Nullable Probe probe,
    Schedule schedule,
    ActiveRules active,
    PassiveRules passive,
    @Nullable Outliers outliers,
    TargetState initial,
    double panicBelow,
    long slowStartNanos,
    long retainNanos,
    @Nullable AddressResolver resolver,
    long staleNanos,
    List<HealthListener> listeners) {}
