// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.route.Route;
import io.gatewaykit.servlet.GatewayFilter;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafMode;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import jakarta.servlet.DispatcherType;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.DeferredImportSelector;
import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.Order;
import org.springframework.core.type.AnnotationMetadata;

class GatewayKitAutoConfigurationTest {
  private static final String FIRST = "gatewayFilterRegistration";
  private static final String AFTER = "gatewayAfterAuthenticationFilterRegistration";

  private static FilterRegistrationBean<?> registration(ApplicationContext context, String name) {
    return context.getBean(name, FilterRegistrationBean.class);
  }

  private static List<String> guards(ApplicationContext context, String route) {
    for (Route<RoutePolicy> each : context.getBean(GatewayPolicy.class).routes().routes()) {
      if (each.name().equals(route)) {
        return each.target().first().guards().stream().map(Guard::name).toList();
      }
    }
    throw new AssertionError("no route " + route);
  }

  @Test
  void filter_isRegisteredBeforeOthersForRequests() {
    Contexts.runner()
        .run(context -> {
          FilterRegistrationBean<?> first = registration(context, FIRST);
          assertThat(first.getOrder()).isEqualTo(-2147483646);
          assertThat(first.determineDispatcherTypes())
              .isEqualTo(EnumSet.of(DispatcherType.REQUEST));
          assertThat(first.isAsyncSupported()).isTrue();
          assertThat(first.isEnabled()).isTrue();
          assertThat(registration(context, AFTER).isEnabled()).isFalse();
          assertThat(context).doesNotHaveBean(Waf.class);
          assertThat(context).doesNotHaveBean(GatewayFilter.class);
        });
  }

  @Test
  void limitByPrincipal_isRegisteredAfterSpringSecurity() {
    Contexts.runner()
        .withPropertyValues(
            "gatewaykit.ratelimit.user.rate=5/s", "gatewaykit.ratelimit.user.key=principal,route")
        .run(context -> {
          assertThat(registration(context, AFTER).isEnabled()).isTrue();
          assertThat(registration(context, AFTER).getOrder()).isEqualTo(-99);
          assertThat(guards(context, "defaults")).isEmpty();
        });
    Contexts.runner()
        .withPropertyValues(
            "gatewaykit.ratelimit.user.rate=5/s",
            "gatewaykit.ratelimit.user.after-authentication=true",
            "spring.security.filter.order=7")
        .run(context -> assertThat(registration(context, AFTER).getOrder()).isEqualTo(8));
  }

  @Test
  void limits_ofRoutes_precedeTheFirewallAndGuardBeans() {
    Contexts.runnerWithFirewall()
        .withUserConfiguration(Guards.class)
        .withPropertyValues(
            "gatewaykit.ratelimit.a.rate=5/s",
            "gatewaykit.concurrency.b.max=8",
            "gatewaykit.waf.mode=detect",
            "gatewaykit.routes[0].name=r",
            "gatewaykit.routes[0].path=/r/**",
            "gatewaykit.routes[0].limits=b,a",
            "gatewaykit.routes[1].name=open",
            "gatewaykit.routes[1].path=/open",
            "gatewaykit.routes[1].waf=false")
        .run(context -> {
          assertThat(guards(context, "r")).containsExactly("b", "a", "waf", "one", "two");
          assertThat(guards(context, "open")).containsExactly("one", "two");
          assertThat(guards(context, "defaults")).containsExactly("waf", "one", "two");
          assertThat(context.getBean(Waf.class).mode()).isEqualTo(WafMode.DETECT);
          assertThat(context.getBean(Waf.class).threshold()).isEqualTo(77);
          assertThat(context.getBean(Guards.class).customized)
              .containsExactly("a by one", "a by two");
        });
  }

  @Test
  void beans_ofTheApplicationReplaceTheDefaults() {
    Contexts.runnerWithFirewall()
        .withUserConfiguration(Replacements.class)
        .run(context -> {
          assertThat(context.getBean(ClientAddressResolver.class))
              .isSameAs(ClientAddressResolver.peer());
          assertThat(context).hasSingleBean(Waf.class);
          assertThat(context.getBean(Waf.class).threshold()).isEqualTo(9);
          assertThat(context).doesNotHaveBean(FIRST).doesNotHaveBean(AFTER);
        });
  }

  @Test
  void disabled_registersNothing() {
    Contexts.runner()
        .withPropertyValues("gatewaykit.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean(FilterRegistrationBean.class));
  }

  @Test
  void meters_areRegisteredWithRegistry() {
    Contexts.runner()
        .withBean(SimpleMeterRegistry.class)
        .withPropertyValues("gatewaykit.ratelimit.a.rate=1/s")
        .run(context -> {
          MeterRegistry registry = context.getBean(MeterRegistry.class);
          assertThat(registry.get("gateway.ratelimit.requests").tag("limiter", "a").meters())
              .isNotEmpty();
        });
  }

  @Test
  void endpoint_isAbsentUnlessExposed() {
    Contexts.runner().run(context -> assertThat(context).doesNotHaveBean(GatewayKitEndpoint.class));
    Contexts.runner()
        .withPropertyValues("management.endpoints.web.exposure.include=gatewaykit")
        .run(context -> assertThat(context).hasSingleBean(GatewayKitEndpoint.class));
  }

  @Test
  void optionalLibraries_canBeAbsent() {
    new WebApplicationContextRunner()
        .withUserConfiguration(ByName.class)
        .withClassLoader(
            new FilteredClassLoader(
                "org.springframework.boot.actuate",
                "org.springframework.security",
                "org.reactivestreams",
                "reactor",
                "org.springframework.data",
                "io.gatewaykit.micrometer",
                "io.gatewaykit.redis",
                "io.lettuce",
                "io.micrometer"))
        .withPropertyValues(
            "gatewaykit.waf.mode=off",
            "gatewaykit.ratelimit.a.rate=1/s",
            "management.endpoints.web.exposure.include=gatewaykit")
        .run(context -> {
          assertThat(context).hasBean(FIRST);
          assertThat(context).doesNotHaveBean(GatewayKitEndpoint.class);
        });
  }

  @Test
  void applicationWithoutServer_hasNoFilter() {
    new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                GatewayKitAutoConfiguration.class, GatewayKitLimitsAutoConfiguration.class))
        .run(context -> assertThat(context).doesNotHaveBean(GatewayPolicy.class));
  }

  private static Guard guard(String name) {
    return new Guard() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public Verdict onHead(GatewayRequest request) {
        return Verdict.allow();
      }
    };
  }

  /** Imports the auto-configurations as Spring Boot does: without loading their classes. */
  @Configuration(proxyBeanMethods = false)
  @Import(ByName.Selector.class)
  static class ByName {
    static final class Selector implements DeferredImportSelector {
      @Override
      public String[] selectImports(AnnotationMetadata metadata) {
        return ImportCandidates.load(AutoConfiguration.class, getClass().getClassLoader())
            .getCandidates()
            .stream()
            .filter(name -> name.startsWith("io.gatewaykit."))
            .toArray(String[]::new);
      }
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Guards {
    final List<String> customized = new ArrayList<>();

    @Bean
    @Order(2)
    Guard two() {
      return guard("two");
    }

    @Bean
    @Order(1)
    Guard one() {
      return guard("one");
    }

    @Bean
    @Order(2)
    RateLimitCustomizer second() {
      return (name, guard) -> customized.add(name + " by two");
    }

    @Bean
    @Order(1)
    RateLimitCustomizer first() {
      return (name, guard) -> customized.add(name + " by one");
    }

    @Bean
    WafCustomizer threshold() {
      return waf -> waf.threshold(77);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Replacements {
    @Bean
    ClientAddressResolver clients() {
      return ClientAddressResolver.peer();
    }

    @Bean
    Waf ownFirewall() {
      return Waf.builder().threshold(9).build();
    }

    @Bean
    FilterRegistrationBean<GatewayFilter> ownFilter() {
      return new FilterRegistrationBean<>(GatewayFilter.of(GuardChain.empty()));
    }
  }
}
