// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.ratelimit.ConcurrencyGuard;
import io.gatewaykit.ratelimit.ConcurrencyLimiter;
import io.gatewaykit.ratelimit.ConcurrencyLimiterBuilder;
import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.MonitoredLimiter;
import io.gatewaykit.ratelimit.RateLimitGuard;
import io.gatewaykit.ratelimit.RateLimitListener;
import io.gatewaykit.ratelimit.RateLimiter;
import io.gatewaykit.spring.boot.GatewayKitProperties.BurstMode;
import io.gatewaykit.spring.boot.GatewayKitProperties.ConcurrencySettings;
import io.gatewaykit.spring.boot.GatewayKitProperties.RateLimitSettings;
import io.gatewaykit.spring.boot.GatewayKitProperties.Store;
import io.gatewaykit.spring.boot.GatewayKitProperties.Subject;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Builds limits from properties. */
final class LimitFactory {
  private static final String RATELIMIT = GatewayKitProperties.PREFIX + ".ratelimit.";
  private static final String CONCURRENCY = GatewayKitProperties.PREFIX + ".concurrency.";

  private final KeyWords keys;
  private final PolicyMeters meters;
  private final List<RateLimitCustomizer> customizers;
  private final Supplier<@Nullable SharedLimits> shared;

  LimitFactory(
      KeyWords keys,
      PolicyMeters meters,
      List<RateLimitCustomizer> customizers,
      Supplier<@Nullable SharedLimits> shared) {
    this.keys = keys;
    this.meters = meters;
    this.shared = shared;
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
      boolean shadow = Boolean.TRUE.equals(settings.shadow());
      RateLimiter<Object> limiter =
          meters.limiter(
              name,
              settings.store() == Store.REDIS
                  ? sharedLimiter(name, limit)
                  : localLimiter(limit, settings.maxKeys()),
              shadow);
      RateLimitGuard.Builder guard =
          RateLimitGuard.builder(name, limiter)
              .key(keys.key(property + ".key", settings.key()))
              .exempt(settings.exempt().toArray(String[]::new));
      apply(settings, guard);
      customizers.forEach(customizer -> customizer.customize(name, guard));
      return new NamedLimit(
          guard.build(),
          shadow
              ? MonitoredLimiter.shadow(limiter, new RateLimitListener<>() {})
              : MonitoredLimiter.of(limiter),
          isAfterAuthentication(settings.afterAuthentication(), settings.key()),
          settings.appliesTo() == Subject.METHODS);
    } catch (IllegalArgumentException e) {
      throw new GatewayPropertyException(property, e);
    }
  }

  private static RateLimiter<Object> localLimiter(Limit limit, @Nullable Integer maxKeys) {
    KeyedLeakyBucket.Builder<Object> bucket = KeyedLeakyBucket.builder().limit(limit);
    if (maxKeys != null) {
      bucket.maxKeys(maxKeys);
    }
    return bucket.build();
  }

  private RateLimiter<Object> sharedLimiter(String name, Limit limit) {
    SharedLimits limits = shared.get();
    if (limits == null) {
      throw new GatewayPropertyException(
          RATELIMIT + name, "store: redis (expected: gateway-redis and Lettuce as dependencies)");
    }
    return limits.limiter(name, limit);
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
          null,
          isAfterAuthentication(settings.afterAuthentication(), settings.key()),
          false);
    } catch (IllegalArgumentException e) {
      throw new GatewayPropertyException(property, e);
    }
  }

  private static boolean isAfterAuthentication(@Nullable Boolean chosen, List<String> key) {
    return chosen == null ? key.contains(KeyWords.PRINCIPAL) : chosen;
  }
}
