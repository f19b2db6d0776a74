// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.policy;

import io.gatewaykit.api.guard.MessageCheck;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.BodyView;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.edge.config.GatewayConfig.LimitConfig;
import io.gatewaykit.ratelimit.ActualCost;
import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimitGuard;
import io.gatewaykit.ratelimit.RateLimiter;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An active limit.
 *
 * @param config its configuration
 * @param store the store of its state, or null for this process
 * @param liveKeys the number of keys in this process with a backlog
 * @param guard its guard, shared by all routes with this limit
 */
record LiveLimit(
    LimitConfig config, @Nullable SharedStore store, LongSupplier liveKeys, RateLimitGuard guard) {

  /** Creates a limit, with its state in the store if it is shared. */
  static LiveLimit of(LimitConfig config, @Nullable SharedStore store) {
    Limit burst = Limit.of(config.permits(), config.period()).burst(config.burst());
    Limit limit = config.delay() ? burst : burst.nodelay();
    if (store != null && config.shared()) {
      return of(config, store, store.limiter(config, limit), () -> 0);
    }
    KeyedLeakyBucket<Object> bucket =
        KeyedLeakyBucket.builder().limit(limit).maxKeys(config.maxKeys()).build();
    return of(config, null, bucket, bucket::liveKeys);
  }

  private static LiveLimit of(
      LimitConfig config,
      @Nullable SharedStore store,
      RateLimiter<Object> limiter,
      LongSupplier liveKeys) {
    RateLimitGuard.Builder guard =
        RateLimitGuard.builder(config.name(), limiter)
            .key(key(config))
            .cost(request -> config.cost())
            .shadow(config.shadow());
    if (!config.settle().isEmpty()) {
      guard.settle(ActualCost.jsonMember(config.settle()));
    }
    return new LiveLimit(config, store, liveKeys, guard.build());
  }

  /** Returns whether this limit and its state can be reused for another configuration. */
  boolean isAs(LimitConfig other, @Nullable SharedStore otherStore) {
    return config.equals(other) && (!other.shared() || store == otherStore);
  }

  /** Returns the check of WebSocket messages; each message costs one request. */
  MessageCheck messages() {
    return new MessageLimit(guard);
  }

  /** Equal for the same limit, so that a message that matches two routes is counted once. */
  private record MessageLimit(RateLimitGuard guard) implements MessageCheck {
    @Override
    public Verdict check(GatewayRequest upgrade, BodyView payload) {
      return guard.onHead(upgrade);
    }
  }

  private static Function<GatewayRequest, Object> key(LimitConfig config) {
    return switch (config.key()) {
      case CLIENT_ADDRESS -> request -> request.client().network();
      case HOST -> GatewayRequest::host; // normalised to a single spelling
      case ALL -> request -> "all";
    };
  }
}
