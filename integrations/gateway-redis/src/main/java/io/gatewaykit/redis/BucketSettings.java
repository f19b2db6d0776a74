// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.gatewaykit.api.Ticker;

/**
 * The settings of a {@link BucketPipeline}.
 *
 * @param prefetch the maximum number of prefetched permits per key; 0: no prefetching
 * @param prefetchNanos the time for which prefetched permits are valid
 * @param ticker the time source for local state
 */
record BucketSettings(
    LimiterSettings common,
    boolean coalescing,
    boolean denyCache,
    int prefetch,
    long prefetchNanos,
    Ticker ticker) {}
