// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.gatewaykit.ratelimit.Gcra;

/**
 * Identifies permits that can be refunded.
 *
 * @param gcra the compiled limit under which they were taken
 * @param period the generation of the bucket: the time during which it was never empty and its
 *     limit did not change
 * @param id the reservation within the generation
 */
record GrantReceipt(Gcra gcra, long period, long id) {}
