// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.gatewaykit.api.request.BodyBudget;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The settings of the proxy. Immutable.
 *
 * @param headers the header changes
 * @param perTryTimeout the timeout of an attempt until its response head arrives
 * @param connectTimeout the timeout of connecting
 * @param bodyTimeout the maximum pause of a server in the body of a response
 * @param held the budget for buffered bodies of all clients
 * @param sticky the cookie for session affinity, or null for none
 */
record ProxySettings(
    HeaderRules headers,
    Duration perTryTimeout,
    Duration connectTimeout,
    Duration bodyTimeout,
    BodyBudget held,
    @Nullable StickyCookie sticky) {}
