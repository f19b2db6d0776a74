// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardListener;
import io.gatewaykit.api.guard.RejectionRenderer;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.servlet.GatewayFilter;
import io.gatewaykit.servlet.RejectionHandler;
import io.gatewaykit.spring.boot.GatewayKitProperties.ClientAddressSettings;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafListener;
import io.gatewaykit.waf.WafMode;
import jakarta.servlet.MultipartConfigElement;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * Registers a {@link GatewayFilter} in front of a servlet application, as configured by {@link
 * GatewayKitProperties}. A bean of the application replaces the corresponding bean. Beans of type
 * {@link Guard}, {@link GuardListener} and {@link WafListener} are added, in {@code @Order}.
 */
@AutoConfiguration(after = GatewayKitLimitsAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnProperty(
    prefix = GatewayKitProperties.PREFIX,
    name = "enabled",
    havingValue = "true",
    matchIfMissing = true)
public final class GatewayKitAutoConfiguration {
  /** Creates the configuration. */
  public GatewayKitAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  ClientAddressResolver gatewayClientAddressResolver(GatewayKitProperties properties) {
    ClientAddressSettings settings = properties.clientAddress();
    try {
      ClientAddressResolver.Builder resolver = ClientAddressResolver.builder();
      resolver.trustedProxies(settings.trustedProxies().toArray(String[]::new));
      if (settings.header() != null) {
        resolver.header(settings.header());
      }
      if (settings.trustedHops() != null) {
        resolver.trustedHops(settings.trustedHops());
      }
      if (settings.maxHops() != null) {
        resolver.maxHops(settings.maxHops());
      }
      if (settings.ipv6Prefix() != null) {
        resolver.ipv6PrefixLength(settings.ipv6Prefix());
      }
      return resolver.build();
    } catch (IllegalArgumentException e) {
      throw new GatewayPropertyException(GatewayKitProperties.PREFIX + ".client-address", e);
    }
  }

  /** The firewall. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnMissingBean(Waf.class)
  @ConditionalOnFirewall
  static class FirewallConfiguration {
    @Bean
    Waf gatewayWaf(
        GatewayKitProperties properties,
        Environment environment,
        ObjectProvider<WafListener> listeners,
        ObjectProvider<WafCustomizer> customizers) {
      return FirewallFactory.waf(
          properties.waf(),
          ActuatorPaths.exclusions(environment),
          listeners.orderedStream().toList(),
          customizers.orderedStream().toList());
    }
  }

  @Bean
  GatewayPolicy gatewayPolicy(
      GatewayKitProperties properties,
      NamedLimits limits,
      ObjectProvider<Waf> waf,
      ObjectProvider<Guard> guards,
      ObjectProvider<GuardListener> listeners,
      ObjectProvider<PolicyMeters> registered) {
    PolicyMeters meters = registered.getIfAvailable(() -> PolicyMeters.NONE);
    Waf firewall = waf.getIfAvailable();
    try {
      return new GatewayPolicy(
          properties.routes(),
          limits.ofRequests(),
          firewall == null || firewall.mode() == WafMode.OFF
              ? null
              : meters.firewall(FirewallFactory.guard(firewall, properties.waf())),
          guards.orderedStream().toList(),
          GuardListeners.of(listeners.orderedStream().toList()));
    } catch (IllegalArgumentException e) {
      throw new GatewayPropertyException(GatewayKitProperties.PREFIX, e);
    }
  }

  /** The filters. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnMissingBean(
      value = GatewayFilter.class,
      parameterizedContainer = FilterRegistrationBean.class)
  static class FilterConfiguration {
    @Bean
    FilterFactory gatewayFilterFactory(
        GatewayKitProperties properties,
        ClientAddressResolver clients,
        ObjectProvider<RejectionHandler> handler,
        ObjectProvider<RejectionRenderer> renderer,
        ObjectProvider<MultipartConfigElement> multipart,
        ObjectProvider<GatewayFilterCustomizer> customizers) {
      return new FilterFactory(
          properties,
          clients,
          handler.getIfAvailable(),
          renderer.getIfAvailable(),
          multipart.getIfAvailable(),
          customizers.orderedStream().toList());
    }

    @Bean
    FilterRegistrationBean<GatewayFilter> gatewayFilterRegistration(
        FilterFactory factory, GatewayPolicy policy) {
      return factory.first(policy);
    }

    @Bean
    FilterRegistrationBean<GatewayFilter> gatewayAfterAuthenticationFilterRegistration(
        FilterFactory factory, GatewayPolicy policy, Environment environment) {
      return factory.afterAuthentication(policy, environment);
    }
  }
}
