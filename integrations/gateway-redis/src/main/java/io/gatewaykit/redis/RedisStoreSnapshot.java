// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

/**
 * A snapshot of a {@link RedisStore}. Counters start at its creation.
 *
 * @param available whether Redis is called for every key: it is connected and its breaker is
 *     closed, in a cluster that of each node
 * @param inFlight the calls in flight
 * @param calls the calls made, one round trip each
 * @param timeouts the calls without a reply within the deadline
 * @param disconnections the calls made without a connection, or whose connection was lost
 * @param errors the calls that failed with an error reply
 * @param skipped the calls not made, because a breaker was open or too many were in flight
 * @param scriptLoads the calls that carried the script text because Redis did not have it cached
 * @param outages the number of times that a breaker opened
 */
public record RedisStoreSnapshot(
    boolean available,
    int inFlight,
    long calls,
    long timeouts,
    long disconnections,
    long errors,
    long skipped,
    long scriptLoads,
    long outages) {}
