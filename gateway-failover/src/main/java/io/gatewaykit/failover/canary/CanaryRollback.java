// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.canary;

/**
 * The rollback of a canary that performed worse than the baseline.
 *
 * @param split the name of the split
 * @param share the share before the rollback, 0 to 1
 * @param cause a human-readable reason
 */
public record CanaryRollback(String split, double share, String cause) {}
