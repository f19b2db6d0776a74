// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

/**
 * A snapshot of a limiter. Counters start at its creation.
 *
 * @param remote decisions made by Redis
 * @param leased decisions made from prefetched permits
 * @param denied rejections by the deny cache
 * @param fallback decisions made by the failure policy
 * @param repaired keys with foreign contents, which were overwritten
 * @param clockSteps buckets above their capacity, because the server's clock had stepped
 * @param lostSettlements refunds, charges and resets that Redis did not accept, because it did not
 *     reply or its breaker was open
 */
public record RedisLimiterSnapshot(
    long remote,
    long leased,
    long denied,
    long fallback,
    long repaired,
    long clockSteps,
    long lostSettlements) {}
