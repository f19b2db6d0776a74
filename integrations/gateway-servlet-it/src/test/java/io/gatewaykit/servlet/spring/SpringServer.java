// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet.spring;

import io.gatewaykit.servlet.GatewayFilter;
import java.util.HashMap;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.MapPropertySource;

/** The servers that Spring Boot embeds. */
enum SpringServer {
  TOMCAT(
      "org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory",
      "org.springframework.boot.web.embedded.tomcat.TomcatServletWebServerFactory"),
  JETTY(
      "org.springframework.boot.jetty.servlet.JettyServletWebServerFactory",
      "org.springframework.boot.web.embedded.jetty.JettyServletWebServerFactory");

  private final String factoryInBoot4;
  private final String factoryInBoot3;

  SpringServer(String factoryInBoot4, String factoryInBoot3) {
    this.factoryInBoot4 = factoryInBoot4;
    this.factoryInBoot3 = factoryInBoot3;
  }

  /** Starts {@link SecuredApplication} behind the filter. */
  ConfigurableApplicationContext start(GatewayFilter filter, Map<String, Object> properties) {
    return start(
        properties,
        context -> context.registerBean(GatewayFilter.class, () -> filter),
        SecuredApplication.class);
  }

  /** Starts an application, on a free port of the loopback address. */
  ConfigurableApplicationContext start(Map<String, Object> properties, Class<?>... sources) {
    return start(properties, context -> {}, sources);
  }

  private ConfigurableApplicationContext start(
      Map<String, Object> properties,
      ApplicationContextInitializer<GenericApplicationContext> initializer,
      Class<?>... sources) {
    var all = new HashMap<>(properties);
    all.put("server.address", "127.0.0.1");
    all.put("server.port", 0);
    all.put("server.shutdown", "immediate");
    all.put("spring.security.user.name", "u");
    all.put("spring.security.user.password", "p");
    var application = new SpringApplication(sources);
    application.setLogStartupInfo(false);
    application.setRegisterShutdownHook(false);
    application.addInitializers(
        (ApplicationContextInitializer<GenericApplicationContext>)
            context -> {
              MapPropertySource settings = new MapPropertySource("test", all);
              context.getEnvironment().getPropertySources().addFirst(settings);
              context.registerBean(factory());
            },
        initializer);
    return application.run();
  }

  private Class<?> factory() {
    try {
      return Class.forName(factoryInBoot4);
    } catch (ClassNotFoundException e) {
      return factoryOfBoot3();
    }
  }

  private Class<?> factoryOfBoot3() {
    try {
      return Class.forName(factoryInBoot3);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException("no factory of " + this, e);
    }
  }

  static int port(ConfigurableApplicationContext context) {
    return context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
  }
}
