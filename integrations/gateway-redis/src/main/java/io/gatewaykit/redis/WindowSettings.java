// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.ratelimit.Limit;
import java.time.InstantSource;
import java.util.List;

/**
 * The settings of a {@link RedisWindowCounter}, except for the limits of individual keys.
 *
 * @param shapes the windows, with the limit of each at the same position in {@code limits}
 * @param ticker the time source for local state
 * @param clock this node's wall clock, for calendar windows
 */
record WindowSettings(
    LimiterSettings common,
    List<WindowShape> shapes,
    List<Limit> limits,
    boolean denyCache,
    Ticker ticker,
    InstantSource clock) {}
