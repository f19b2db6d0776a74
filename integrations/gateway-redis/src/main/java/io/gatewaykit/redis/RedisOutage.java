// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import java.time.Duration;

/**
 * A period in which Redis, or a node of its cluster, was unavailable.
 *
 * @param node the host and port of the cluster node; empty without a cluster
 * @param cause the human-readable cause of the outage; empty when it ends
 * @param length its duration; zero when it starts
 */
public record RedisOutage(String node, String cause, Duration length) {}
