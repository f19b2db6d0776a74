// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.gatewaykit.api.Ticker;
import org.jspecify.annotations.Nullable;

/**
 * The settings that all limiters in Redis share.
 *
 * @param nodes the number of nodes that share the limit while Redis is unavailable
 * @param fallbackKeys the key capacity of the local limiter
 * @param scriptClock replaces the server's clock in tests; otherwise null
 */
record LimiterSettings(
    RedisStore store,
    FailurePolicy failurePolicy,
    int nodes,
    int fallbackKeys,
    @Nullable Ticker scriptClock) {}
