// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

/**
 * A snapshot of the memory and connections held for clients, with counters of reached bounds.
 *
 * @param connections open client connections
 * @param maxConnections their bound
 * @param rejectedConnections connections rejected with 503
 * @param heldBytes buffered bytes of heads, bodies and messages
 * @param maxHeldBytes their bound
 * @param rejectedHolds failed reservations; the request was rejected with 503 or the connection was
 *     closed
 * @param slowRequests requests ended below the minimum rate
 * @param slowReaders connections whose client does not read
 * @param maxSlowReaders their bound
 * @param droppedReaders such connections closed at their bound
 */
public record ProxyLoad(
    int connections,
    int maxConnections,
    long rejectedConnections,
    long heldBytes,
    long maxHeldBytes,
    long rejectedHolds,
    long slowRequests,
    int slowReaders,
    int maxSlowReaders,
    long droppedReaders) {}
