// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a {@link WindowCounter}. The windows, their limits and the resolvers of limits of
 * individual keys have the same order.
 *
 * @param keyHash maps a key to 64 bits; null for the built-in function
 */
record WindowCounterSettings<K>(
    List<Window> windows,
    List<Limit> limits,
    List<@Nullable LimitResolver<? super K>> resolvers,
    @Nullable ToLongFunction<? super K> keyHash,
    OverflowPolicy overflow,
    int maxKeys,
    int maxWaiters,
    Ticker ticker) {

  /**
   * Returns the limit of a window.
   *
   * @throws IllegalArgumentException if it has a burst or debt, or is unlimited or blocked
   */
  static Limit plain(Limit limit) {
    if (requireNonNull(limit, "limit").burst() != 0
        || limit.maxDebt() != 0
        || limit.overdraft() != 0
        || limit.isUnlimited()
        || limit.isBlocked()) {
      throw Arguments.outside("limit", limit, "permits per period, without burst or debt");
    }
    return limit;
  }
}
