// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.method;

import io.gatewaykit.api.guard.RejectionRenderer;
import java.util.concurrent.Executor;
import org.aopalliance.intercept.MethodInterceptor;
import org.springframework.aop.config.AopConfigUtils;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.EnvironmentAware;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.context.annotation.Role;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** Applies {@link RateLimited} to the methods of Spring beans, in any kind of application. */
@AutoConfiguration(afterName = "io.gatewaykit.spring.boot.GatewayKitLimitsAutoConfiguration")
@ConditionalOnClass(MethodInterceptor.class)
@ConditionalOnProperty(
    prefix = "gatewaykit",
    name = "enabled",
    havingValue = "true",
    matchIfMissing = true)
@Import(GatewayKitMethodAutoConfiguration.ProxyRegistrar.class)
public final class GatewayKitMethodAutoConfiguration {
  private static final String EXECUTOR = "applicationTaskExecutor";

  /** Creates the configuration. */
  public GatewayKitMethodAutoConfiguration() {}

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static LimitedMethods gatewayLimitedMethods(ObjectProvider<LimiterRegistry> registry) {
    return new LimitedMethods(registry::getObject);
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static MethodTimer gatewayMethodTimer(BeanFactory beans) {
    return new MethodTimer(() ->
        beans.containsBean(EXECUTOR) && beans.getBean(EXECUTOR) instanceof Executor executor
            ? executor
            : null);
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static DefaultPointcutAdvisor gatewayRateLimitedAdvisor(
      LimitedMethods methods, ObjectProvider<PrincipalSource> principals, MethodTimer timer) {
    return new DefaultPointcutAdvisor(
        new RateLimitedPointcut(),
        new RateLimitedInterceptor(
            methods, () -> principals.getIfAvailable(() -> () -> null), timer));
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static RateLimitedValidator gatewayRateLimitedValidator(LimitedMethods methods) {
    return new RateLimitedValidator(methods);
  }

  /** The user of Spring Security. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(SecurityContextHolder.class)
  static class SecurityConfiguration {
    @Bean
    @ConditionalOnMissingBean
    PrincipalSource gatewayPrincipalSource() {
      return new SecurityPrincipal();
    }
  }

  /** The response to a rejected call. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(RestControllerAdvice.class)
  static class ResponseConfiguration {
    @Bean
    @ConditionalOnMissingBean
    RateLimitedExceptionHandler gatewayRateLimitedExceptionHandler(
        ObjectProvider<RejectionRenderer> renderer) {
      return new RateLimitedExceptionHandler(
          renderer.getIfAvailable(RejectionRenderer::problemJson));
    }
  }

  /** Registers the creator of proxies, if the application has none. */
  static final class ProxyRegistrar implements ImportBeanDefinitionRegistrar, EnvironmentAware {
    private boolean byClass = true;

    @Override
    public void setEnvironment(Environment environment) {
      byClass = environment.getProperty("spring.aop.proxy-target-class", Boolean.class, true);
    }

    @Override
    public void registerBeanDefinitions(
        AnnotationMetadata importing, BeanDefinitionRegistry registry) {
      AopConfigUtils.registerAutoProxyCreatorIfNecessary(registry);
      if (byClass) {
        AopConfigUtils.forceAutoProxyCreatorToUseClassProxying(registry);
      }
    }
  }
}
