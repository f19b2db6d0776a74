// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.engine;

import io.gatewaykit.api.Ticker;

/**
 * The settings of a {@link ProbeLoop}.
 *
 * @param ticker the source of time
 * @param threadName the name of its thread, and the prefix of those of its background threads
 * @param maxInFlight concurrent probes
 * @param maxDownInFlight concurrent probes of unhealthy targets
 * @param maxInFlightPerAddress concurrent probes per IP address
 * @param maxKeptConnections connections kept open between probes
 * @param seed the seed of phases and jitter
 * @param driven whether a test calls {@link ProbeLoop#turn} instead of a thread
 */
public record EngineSettings(
    Ticker ticker,
    String threadName,
    int maxInFlight,
    int maxDownInFlight,
    int maxInFlightPerAddress,
    int maxKeptConnections,
    long seed,
    boolean driven) {}
