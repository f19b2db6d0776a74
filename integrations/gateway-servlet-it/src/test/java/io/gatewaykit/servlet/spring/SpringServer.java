// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet.spring;

import io.gatewaykit.servlet.GatewayFilter;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.tomcat.websocket.server.WsSci;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.servlet.ServletContextInitializer;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.util.ClassUtils;
import org.springframework.web.socket.server.HandshakeHandler;
import org.springframework.web.socket.server.jetty.JettyRequestUpgradeStrategy;
import org.springframework.web.socket.server.standard.StandardWebSocketUpgradeStrategy;
import org.springframework.web.socket.server.support.DefaultHandshakeHandler;

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

  /** Starts an application with further beans, on a free port of the loopback address. */
  ConfigurableApplicationContext start(
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
              if (this == TOMCAT && !isBoot4()) {
                context.registerBean(
                    ServletContextInitializer.class, () -> SpringServer::webSockets);
              }
            },
        initializer);
    return application.run();
  }

  /** Spring Boot 3.5 starts the WebSockets of Jetty only, if both servers are present. */
  private static void webSockets(ServletContext context) throws ServletException {
    new WsSci().onStartup(Set.of(), context);
  }

  private boolean isBoot4() {
    return ClassUtils.isPresent(factoryInBoot4, null);
  }

  private Class<?> factory() {
    return ClassUtils.resolveClassName(isBoot4() ? factoryInBoot4 : factoryInBoot3, null);
  }

  /** Returns its handshake handler. Spring takes that of Jetty if both servers are present. */
  HandshakeHandler handshakeHandler() {
    return this == JETTY
        ? new DefaultHandshakeHandler(new JettyRequestUpgradeStrategy())
        : new DefaultHandshakeHandler(new StandardWebSocketUpgradeStrategy());
  }

  static int port(ConfigurableApplicationContext context) {
    return context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
  }
}
