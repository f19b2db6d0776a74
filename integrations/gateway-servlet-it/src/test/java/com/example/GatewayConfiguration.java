// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package com.example;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimitGuard;
import io.gatewaykit.servlet.GatewayFilter;
import jakarta.servlet.DispatcherType;
import java.util.EnumSet;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;

@Configuration(proxyBeanMethods = false)
class GatewayConfiguration {
  @Bean
  GatewayFilter gatewayFilter() {
    var perClient =
        KeyedLeakyBucket.<Object>builder().limit(Limit.perSecond(20).burst(40).nodelay()).build();
    return GatewayFilter.of(GuardChain.of(RateLimitGuard.builder("client", perClient).build()));
  }

  @Bean
  FilterRegistrationBean<GatewayFilter> gatewayRegistration(GatewayFilter filter) {
    var registration = new FilterRegistrationBean<>(filter);
    registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
    registration.setDispatcherTypes(EnumSet.of(DispatcherType.REQUEST));
    return registration;
  }
}
