// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.ratelimit.ConcurrencyGuard;
import io.gatewaykit.ratelimit.ConcurrencyLimiter;
import io.gatewaykit.ratelimit.ConcurrencyLimiterBuilder;
import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimitGuard;
import io.gatewaykit.spring.boot.GatewayKitProperties.BurstMode;
import io.gatewaykit.spring.boot.GatewayKitProperties.ConcurrencySettings;
import io.gatewaykit.spring.boot.GatewayKitProperties.RateLimitSettings;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Builds limits from properties. */
final class LimitFactory {
  private static final String RATELIMIT = GatewayKitProperties.PREFIX + ".ratelimit.";
  private static final String CONCURRENCY = GatewayKitProperties.PREFIX + ".concurrency.";

  private final KeyWords keys;
  private final PolicyMeters meters;
  private final List<RateLimitCustomizer> customizers;

  LimitFactory(KeyWords keys, PolicyMeters meters, List<RateLimitCustomizer> customizers) {
    this.keys = keys;
    this.meters = meters;
    this.customizers = customizers;
  }

  /** Returns all limits, sorted by name. */
  Map<String, NamedLimit> limits(GatewayKitProperties properties) {
    var limits = new TreeMap<String, NamedLimit>();
    properties.ratelimit().forEach((name, limit) -> limits.put(name, rateLimit(name, limit)));
    properties
        .concurrency()
        .forEach((name, limit) -> {
          if (limits.put(name, concurrencyLimit(name, limit)) != null) {
            throw new GatewayPropertyException(
                CONCURRENCY + name, name + " (expected: a unique name)");
          }
        });
    return limits;
  }

  private NamedLimit rateLimit(String name, RateLimitSettings settings) {
    String property = RATELIMIT + name;
    Rate rate = settings.rate();
    if (rate == null) {
      throw new GatewayPropertyException(property, "rate: none (expected: a rate such as 5/s)");
    }
    try {
      Limit limit = Limit.of(rate.permits(), rate.period());
      if (settings.burst() != null) {
        limit = limit.burst(settings.burst());
      }
      if (settings.mode() == BurstMode.NODELAY) {
        limit = limit.nodelay();
      }
      KeyedLeakyBucket.Builder<Object> bucket = KeyedLeakyBucket.builder().limit(limit);
      if (settings.maxKeys() != null) {
        bucket.maxKeys(settings.maxKeys());
      }
      RateLimitGuard.Builder guard =
          RateLimitGuard.builder(
                  name,
                  meters.limiter(name, bucket.build(), Boolean.TRUE.equals(settings.shadow())))
              .key(keys.key(property + ".key", settings.key()))
              .exempt(settings.exempt().toArray(String[]::new));
      apply(settings, guard);
      customizers.forEach(customizer -> customizer.customize(name, guard));
      return new NamedLimit(
          guard.build(), isAfterAuthentication(settings.afterAuthentication(), settings.key()));
    } catch (IllegalArgumentException e) {
      throw new GatewayPropertyException(property, e);
    }
  }

  private static void apply(RateLimitSettings settings, RateLimitGuard.Builder guard) {
    if (settings.shadow() != null) {
      guard.shadow(settings.shadow());
    }
    if (settings.failureMode() != null) {
      guard.failureMode(settings.failureMode());
    }
    if (settings.headers() != null) {
      guard.headers(settings.headers());
    }
  }

  private NamedLimit concurrencyLimit(String name, ConcurrencySettings settings) {
    String property = CONCURRENCY + name;
    if (settings.max() == null) {
      throw new GatewayPropertyException(property, "max: none (expected: at least 1)");
    }
    try {
      ConcurrencyLimiterBuilder<Object> limiter = ConcurrencyLimiter.builder().max(settings.max());
      if (settings.burst() != null) {
        limiter.burst(settings.burst());
      }
      if (settings.maxHold() != null) {
        limiter.maxHold(settings.maxHold());
      }
      return new NamedLimit(
          ConcurrencyGuard.of(name, limiter.build(), keys.key(property + ".key", settings.key())),
          isAfterAuthentication(settings.afterAuthentication(), settings.key()));
    } catch (IllegalArgumentException e) {
      throw new GatewayPropertyException(property, e);
    }
  }

  private static boolean isAfterAuthentication(@Nullable Boolean chosen, List<String> key) {
    return chosen == null ? key.contains(KeyWords.PRINCIPAL) : chosen;
  }
}
