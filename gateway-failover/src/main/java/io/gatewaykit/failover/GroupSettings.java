// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.OutcomeReport;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/** The settings of a group, as collected by {@link FailoverGroupBuilder}. Immutable. */
record GroupSettings<T>(
    String name,
    Topology<T> topology,
    Balancer balancer,
    LineSettings lines,
    EndpointSettings endpoints,
    RetryPolicy retry,
    @Nullable Stickiness sticky,
    HealthSignal health,
    OutcomeReport report,
    FailoverListener listener,
    Ticker ticker,
    @Nullable ScheduledExecutorService scheduler,
    long seed) {}
