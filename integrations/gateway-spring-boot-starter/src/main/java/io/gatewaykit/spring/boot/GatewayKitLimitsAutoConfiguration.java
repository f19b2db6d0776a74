// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.spring.boot.method.LimiterRegistry;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** Builds the limits of {@link GatewayKitProperties}, in any kind of application. */
@AutoConfiguration
@ConditionalOnProperty(
    prefix = GatewayKitProperties.PREFIX,
    name = "enabled",
    havingValue = "true",
    matchIfMissing = true)
@EnableConfigurationProperties(GatewayKitProperties.class)
public final class GatewayKitLimitsAutoConfiguration {
  /** Creates the configuration. */
  public GatewayKitLimitsAutoConfiguration() {}

  @Bean
  NamedLimits gatewayLimits(
      GatewayKitProperties properties,
      BeanFactory beans,
      ObjectProvider<RateLimitCustomizer> customizers,
      ObjectProvider<PolicyMeters> meters,
      ObjectProvider<SharedLimits> shared) {
    var factory =
        new LimitFactory(
            new KeyWords(beans),
            meters.getIfAvailable(() -> PolicyMeters.NONE),
            customizers.orderedStream().toList(),
            shared::getIfAvailable);
    return new NamedLimits(factory.limits(properties));
  }

  @Bean
  @ConditionalOnMissingBean
  LimiterRegistry gatewayLimiterRegistry(NamedLimits limits, ListableBeanFactory beans) {
    return new BeanLimiterRegistry(limits, beans);
  }
}
