// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.canary;

/**
 * A snapshot of a split.
 *
 * @param name the name of the split
 * @param share the canary's share, 0 to 1
 * @param cause the human-readable cause of the share
 * @param canary the number of requests sent to the canary
 * @param baseline the number of requests sent to the baseline
 */
public record TrafficSplitSnapshot(
    String name, double share, String cause, long canary, long baseline) {}
