package io.gatewaykit.examples.edge.policy;

import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.examples.edge.config.GatewayConfig.LimitConfig;
import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimitGuard;
import io.gatewaykit.ratelimit.RateLimiter;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A limit at work.
 *
 * @param config what it was made of
 * @param store where it is kept, or null for this process
 * @param liveKeys how many keys in this process have not drained
 * @param guard what stands before requests; routes with the same limit share it
 */
record LiveLimit(
    LimitConfig config, @Nullable SharedStore store, LongSupplier liveKeys, RateLimitGuard guard) {

  /** Makes a limit, with its state in the store if it is a shared one. */
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
    RateLimitGuard guard =
        RateLimitGuard.builder(config.name(), limiter)
            .key(key(config))
            .shadow(config.shadow())
            .build();
    return new LiveLimit(config, store, liveKeys, guard);
  }

  /** Whether this limit, and its state, can serve under another configuration. */
  boolean isAs(LimitConfig other, @Nullable SharedStore otherStore) {
    return config.equals(other) && (!other.shared() || store == otherStore);
  }

  private static Function<GatewayRequest, Object> key(LimitConfig config) {
    return switch (config.key()) {
      case CLIENT_ADDRESS -> request -> request.client().network();
      case HOST -> LiveLimit::host;
      case ALL -> request -> "all";
    };
  }

  private static String host(GatewayRequest request) {
    String host = request.headers().first("Host");
    return host == null ? "" : host.toLowerCase(Locale.ROOT);
  }
}
