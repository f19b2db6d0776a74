package io.gatewaykit.examples.edge.policy;

import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.examples.edge.config.GatewayConfig.LimitConfig;
import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimitGuard;
import java.util.Locale;
import java.util.function.Function;

/**
 * A limit at work.
 *
 * @param config what it was made of
 * @param bucket its state
 * @param guard what stands before requests; routes with the same limit share it
 */
record LiveLimit(LimitConfig config, KeyedLeakyBucket<Object> bucket, RateLimitGuard guard) {

  static LiveLimit of(LimitConfig config) {
    Limit limit = Limit.of(config.permits(), config.period()).burst(config.burst());
    KeyedLeakyBucket<Object> bucket =
        KeyedLeakyBucket.builder()
            .limit(config.delay() ? limit : limit.nodelay())
            .maxKeys(config.maxKeys())
            .build();
    RateLimitGuard guard =
        RateLimitGuard.builder(config.name(), bucket)
            .key(key(config))
            .shadow(config.shadow())
            .build();
    return new LiveLimit(config, bucket, guard);
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
