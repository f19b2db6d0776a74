// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet.spring;

import io.gatewaykit.servlet.GatewayFilter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.UrlBasedCorsConfigurationSource;
import org.springframework.web.filter.OncePerRequestFilter;

/** An application with Spring Security's defaults, and filters of its own. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class SecuredApplication {
  static final String ORIGIN = "https://app.example";

  @Bean
  FilterRegistrationBean<GatewayFilter> gateway(GatewayFilter filter) {
    var registration = new FilterRegistrationBean<>(filter);
    registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
    registration.setDispatcherTypes(EnumSet.of(DispatcherType.REQUEST));
    return registration;
  }

  @Bean
  SecurityFilterChain security(HttpSecurity http) throws Exception {
    http.authorizeHttpRequests(
        requests -> requests.requestMatchers("/secret").authenticated().anyRequest().permitAll());
    http.httpBasic(Customizer.withDefaults());
    http.cors(Customizer.withDefaults());
    return http.build();
  }

  /** Spring's default would hash the password again at the first login, which is slow. */
  @Bean
  PasswordEncoder passwords() {
    return new PasswordEncoder() {
      @Override
      public String encode(@Nullable CharSequence password) {
        return String.valueOf(password);
      }

      @Override
      public boolean matches(@Nullable CharSequence password, @Nullable String encoded) {
        return encode(password).equals(encoded);
      }
    };
  }

  @Bean
  UrlBasedCorsConfigurationSource corsConfigurationSource() {
    var allowed = new CorsConfiguration();
    allowed.setAllowedOrigins(List.of(ORIGIN));
    allowed.setAllowedMethods(List.of("GET", "PUT"));
    var source = new UrlBasedCorsConfigurationSource();
    source.registerCorsConfiguration("/**", allowed);
    return source;
  }

  /** Registered for all dispatcher types by Spring Boot; runs for the first of a request only. */
  @Bean
  OncePerRequestFilter tenants() {
    return new OncePerRequestFilter() {
      @Override
      protected void doFilterInternal(
          HttpServletRequest request, HttpServletResponse response, FilterChain chain)
          throws ServletException, IOException {
        if ("evil".equals(request.getHeader("X-Tenant"))) {
          response.sendError(HttpServletResponse.SC_FORBIDDEN);
        } else {
          chain.doFilter(request, response);
        }
      }
    };
  }

  /** Registered for REQUEST alone by Spring Boot. */
  @Bean
  Filter partners() {
    return (request, response, chain) -> {
      if ("evil".equals(((HttpServletRequest) request).getHeader("X-Partner"))) {
        ((HttpServletResponse) response).sendError(HttpServletResponse.SC_FORBIDDEN);
      } else {
        chain.doFilter(request, response);
      }
    };
  }

  @Bean
  Completions completions() {
    return new Completions();
  }

  @Bean
  Handlers handlers() {
    return new Handlers();
  }
}
