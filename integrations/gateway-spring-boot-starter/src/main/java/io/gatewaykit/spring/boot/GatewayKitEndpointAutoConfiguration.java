// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.servlet.GatewayFilter;
import io.gatewaykit.waf.Waf;
import java.util.List;
import java.util.Objects;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;

/** Registers {@link GatewayKitEndpoint} if the actuator is present and exposes it. */
@AutoConfiguration(after = GatewayKitAutoConfiguration.class)
@ConditionalOnClass({Endpoint.class, ConditionalOnAvailableEndpoint.class})
@ConditionalOnBean(GatewayPolicy.class)
@ConditionalOnAvailableEndpoint(GatewayKitEndpoint.class)
public final class GatewayKitEndpointAutoConfiguration {
  /** Creates the configuration. */
  public GatewayKitEndpointAutoConfiguration() {}

  @Bean
  RuleHits gatewayRuleHits() {
    return new RuleHits();
  }

  @Bean
  @ConditionalOnMissingBean
  GatewayKitEndpoint gatewayKitEndpoint(
      GatewayPolicy policy,
      NamedLimits limits,
      ObjectProvider<Waf> waf,
      RuleHits hits,
      ObjectProvider<FilterRegistrationBean<GatewayFilter>> registrations) {
    List<GatewayFilter> filters =
        registrations.stream()
            .map(FilterRegistrationBean::getFilter)
            .filter(Objects::nonNull)
            .toList();
    return new GatewayKitEndpoint(policy, limits, waf.getIfAvailable(), hits, filters);
  }
}
