// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.waf.rule.Exclusion;
import java.util.List;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;

/**
 * The paths of Spring Boot's actuator. A rule of the firewall rejects such paths, which scanners
 * probe for. An application that serves them would lose its health probes and its metrics.
 */
final class ActuatorPaths {
  private static final String ENDPOINT =
      "org.springframework.boot.actuate.endpoint.annotation.Endpoint";
  private static final String RULE = "scanner-administration";

  private ActuatorPaths() {}

  /** Returns the exclusion of the rule for the actuator; none without actuator. */
  static List<Exclusion> exclusions(Environment environment) {
    String base = environment.getProperty("management.endpoints.web.base-path", "/actuator");
    if (!ClassUtils.isPresent(ENDPOINT, ActuatorPaths.class.getClassLoader())
        || base.replace("/", "").isEmpty()) { // then the rule stays on for the application
      return List.of();
    }
    return List.of(
        Exclusion.rule(RULE)
            .onPath(
                path(environment, "server.servlet.context-path")
                    + path(environment, "spring.mvc.servlet.path")
                    + path(base)));
  }

  private static String path(Environment environment, String property) {
    return path(environment.getProperty(property, ""));
  }

  private static String path(String text) {
    String path = text.startsWith("/") || text.isEmpty() ? text : "/" + text;
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }
}
