// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import io.gatewaykit.api.guard.FailureMode;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.request.Cidr;
import io.gatewaykit.api.request.GatewayRequest;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a {@link RateLimitGuard}.
 *
 * @param key returns the key of a request; null for one that is not limited
 * @param actualCost enables settlement; null if the cost at admission is final
 * @param rejection the response to a rejected request; null for the default
 */
record GuardSettings(
    String name,
    RateLimiter<Object> limiter,
    Function<? super GatewayRequest, ? extends @Nullable Object> key,
    List<Cidr> exempt,
    boolean shadow,
    FailureMode failureMode,
    HeaderStyle headers,
    ToLongFunction<? super GatewayRequest> cost,
    @Nullable ActualCost actualCost,
    @Nullable BiFunction<? super GatewayRequest, ? super Decision, Rejection> rejection) {}
