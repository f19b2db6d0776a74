// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

/**
 * The start of a further attempt of a request.
 *
 * @param group the name of the group
 * @param attempt the number of the attempt, from 2
 * @param hedge whether it runs concurrently with the attempts before it
 * @param previousEndpointId the id of the endpoint of the attempt before it
 * @param endpointId the id of its endpoint
 */
public record RetryEvent(
    String group, int attempt, boolean hedge, String previousEndpointId, String endpointId) {}
