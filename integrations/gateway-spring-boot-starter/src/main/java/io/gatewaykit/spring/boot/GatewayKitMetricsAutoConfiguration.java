// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.micrometer.GuardMetrics;
import io.gatewaykit.micrometer.RateLimitMetrics;
import io.gatewaykit.micrometer.WafMetrics;
import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.MonitoredLimiter;
import io.gatewaykit.ratelimit.RateLimiter;
import io.gatewaykit.waf.WafGuard;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Registers the meters of limits, firewall and guards if {@code gateway-micrometer} and a {@link
 * MeterRegistry} are present.
 */
@AutoConfiguration(
    before = GatewayKitLimitsAutoConfiguration.class,
    afterName = { // the first in Spring Boot 3, the second in Spring Boot 4
      "org.springframework.boot.actuate.autoconfigure.metrics.CompositeMeterRegistryAutoConfiguration",
      "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration"
    })
@ConditionalOnClass({MeterRegistry.class, GuardMetrics.class})
@ConditionalOnBean(MeterRegistry.class)
public final class GatewayKitMetricsAutoConfiguration {
  private static final String RULESET = "builtin";

  /** Creates the configuration. */
  public GatewayKitMetricsAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  GuardMetrics gatewayGuardMetrics(MeterRegistry registry) {
    return new GuardMetrics(registry);
  }

  @Bean
  @ConditionalOnMissingBean
  WafMetrics gatewayWafMetrics(MeterRegistry registry) {
    return new WafMetrics(registry, RULESET);
  }

  @Bean
  PolicyMeters gatewayPolicyMeters(MeterRegistry registry, WafMetrics firewall) {
    return new RegisteredMeters(registry, firewall);
  }

  private record RegisteredMeters(MeterRegistry registry, WafMetrics firewall)
      implements PolicyMeters {
    @Override
    public RateLimiter<Object> limiter(String name, RateLimiter<Object> limiter, boolean shadow) {
      RateLimitMetrics meters =
          shadow ? RateLimitMetrics.shadow(registry, name) : new RateLimitMetrics(registry, name);
      return MonitoredLimiter.of(
          limiter, limiter instanceof KeyedLeakyBucket<?> bucket ? meters.bind(bucket) : meters);
    }

    @Override
    public Guard firewall(WafGuard guard) {
      return firewall.watch(guard);
    }
  }
}
