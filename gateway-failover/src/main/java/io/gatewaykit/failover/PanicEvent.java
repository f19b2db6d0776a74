// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

/**
 * The start or end of a panic.
 *
 * @param group the name of the group
 * @param mode the mode that applies
 * @param started whether it has started, rather than ended
 */
public record PanicEvent(String group, PanicMode mode, boolean started) {}
