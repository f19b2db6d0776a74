// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

/**
 * The ejection of an endpoint.
 *
 * @param group the name of the group
 * @param endpointId the id of the endpoint
 * @param consecutiveFailures the number of consecutive failures that ejects an endpoint
 */
public record EjectionEvent(String group, String endpointId, int consecutiveFailures) {}
