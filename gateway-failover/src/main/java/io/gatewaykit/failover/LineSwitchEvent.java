// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

/**
 * A switch of the active line of a group.
 *
 * @param group the name of the group
 * @param from the previous line
 * @param to the new line
 * @param cause a human-readable reason
 */
public record LineSwitchEvent(String group, String from, String to, String cause) {}
