// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.guard.RejectionRenderer;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.servlet.GatewayFilter;
import io.gatewaykit.servlet.RejectionHandler;
import io.gatewaykit.spring.boot.GatewayKitProperties.FilterSettings;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.MultipartConfigElement;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/** Builds the filter before Spring Security, and the one after it for limits that need a user. */
final class FilterFactory {
  /** After the filters that measure requests and resolve forwarding headers, before all others. */
  static final int DEFAULT_ORDER = Ordered.HIGHEST_PRECEDENCE + 2;

  private static final String SECURITY_ORDER = "spring.security.filter.order";
  private static final int DEFAULT_SECURITY_ORDER = -100;
  private static final int DEFAULT_IPV6_PREFIX = 64;

  private final GatewayKitProperties properties;
  private final ClientAddressResolver clients;
  private final @Nullable RejectionHandler handler;
  private final @Nullable RejectionRenderer renderer;
  private final @Nullable MultipartConfigElement multipart;
  private final List<GatewayFilterCustomizer> customizers;

  FilterFactory(
      GatewayKitProperties properties,
      ClientAddressResolver clients,
      @Nullable RejectionHandler handler,
      @Nullable RejectionRenderer renderer,
      @Nullable MultipartConfigElement multipart,
      List<GatewayFilterCustomizer> customizers) {
    this.properties = properties;
    this.clients = clients;
    this.handler = handler;
    this.renderer = renderer;
    this.multipart = multipart;
    this.customizers = customizers;
  }

  FilterRegistrationBean<GatewayFilter> first(GatewayPolicy policy) {
    FilterSettings settings = properties.filter();
    int order = settings.order() == null ? DEFAULT_ORDER : settings.order();
    boolean rewrite = Boolean.TRUE.equals(settings.rewriteRemoteAddress());
    return registration("gatewayFilter", order, policy.first(), clients, rewrite);
  }

  FilterRegistrationBean<GatewayFilter> afterAuthentication(
      GatewayPolicy policy, Environment environment) {
    Integer order = properties.filter().afterAuthenticationOrder();
    FilterRegistrationBean<GatewayFilter> registration =
        registration(
            "gatewayAfterAuthenticationFilter",
            order == null
                ? 1 + environment.getProperty(SECURITY_ORDER, Integer.class, DEFAULT_SECURITY_ORDER)
                : order,
            policy.afterAuthentication(),
            clientsAfterRewriting(),
            false);
    registration.setEnabled(policy.hasLimitsAfterAuthentication());
    return registration;
  }

  /** Does not resolve the forwarding header twice if the first filter has rewritten the address. */
  private ClientAddressResolver clientsAfterRewriting() {
    if (!Boolean.TRUE.equals(properties.filter().rewriteRemoteAddress())) {
      return clients;
    }
    Integer prefix = properties.clientAddress().ipv6Prefix();
    return ClientAddressResolver.builder()
        .ipv6PrefixLength(prefix == null ? DEFAULT_IPV6_PREFIX : prefix)
        .build();
  }

  private FilterRegistrationBean<GatewayFilter> registration(
      String name,
      int order,
      GuardSelector guards,
      ClientAddressResolver resolver,
      boolean rewrite) {
    FilterRegistrationBean<GatewayFilter> registration =
        new FilterRegistrationBean<>(filter(guards, resolver, rewrite));
    registration.setName(name);
    registration.setOrder(order);
    registration.setDispatcherTypes(EnumSet.of(DispatcherType.REQUEST));
    registration.setUrlPatterns(properties.filter().urlPatterns());
    return registration;
  }

  private GatewayFilter filter(
      GuardSelector guards, ClientAddressResolver resolver, boolean rewrite) {
    FilterSettings settings = properties.filter();
    try {
      GatewayFilter.Builder filter = GatewayFilter.builder().guards(guards).clientAddress(resolver);
      filter.rejections(rejections());
      if (rewrite) {
        filter.rewriteRemoteAddress(true);
      }
      if (multipart != null) {
        filter.multipart(multipart);
      }
      if (settings.maxWaiting() != null) {
        filter.maxWaiting(settings.maxWaiting());
      }
      if (settings.maxWaitingThreads() != null) {
        filter.maxWaitingThreads(settings.maxWaitingThreads());
      }
      customizers.forEach(customizer -> customizer.customize(filter));
      return filter.build();
    } catch (IllegalArgumentException e) {
      throw new GatewayPropertyException(GatewayKitProperties.PREFIX + ".filter", e);
    }
  }

  private RejectionHandler rejections() {
    if (handler != null) {
      return handler;
    }
    return switch (properties.rejections()) {
      case PROBLEM_JSON ->
          RejectionHandler.rendering(renderer == null ? RejectionRenderer.problemJson() : renderer);
      case SEND_ERROR -> RejectionHandler.sendingError();
      case THROW -> RejectionHandler.throwing();
    };
  }
}
