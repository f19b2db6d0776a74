// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.guard.RejectionRenderer;
import io.gatewaykit.api.request.BodyBudget;
import io.gatewaykit.api.request.ClientAddressResolver;
import java.time.Duration;

/**
 * The settings of a {@link GatewayHandler}.
 *
 * @param connectTunnels whether a 2xx response to CONNECT opens a tunnel
 * @param bodyBudget the memory budget for held messages
 * @param maxPending the timeout of a pending verdict
 */
record HandlerSettings(
    GuardSelector guards,
    ClientAddressResolver clients,
    RejectionRenderer renderer,
    boolean connectTunnels,
    BodyBudget bodyBudget,
    Duration maxPending) {}
