// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.spring.boot.method.GatewayKitMethodAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.core.env.Environment;

/** Application contexts with the auto-configuration, without a server. */
final class Contexts {
  private Contexts() {}

  /** Without the firewall, whose rules take time to compile. */
  static WebApplicationContextRunner runner() {
    return runnerWithFirewall().withPropertyValues("gatewaykit.waf.mode=off");
  }

  static WebApplicationContextRunner runnerWithFirewall() {
    return new WebApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                GatewayKitAutoConfiguration.class,
                GatewayKitLimitsAutoConfiguration.class,
                GatewayKitMethodAutoConfiguration.class,
                GatewayKitEndpointAutoConfiguration.class,
                GatewayKitMetricsAutoConfiguration.class,
                GatewayKitRedisAutoConfiguration.class));
  }

  /** Returns the report of a failure to start. */
  static String report(Throwable failure, Environment environment) {
    FailureAnalysis analysis = new UnknownPropertyFailureAnalyzer().analyze(failure);
    if (analysis == null) {
      analysis = new GatewayPropertyFailureAnalyzer(environment).analyze(failure);
    }
    return analysis == null ? "none" : analysis.getDescription();
  }
}
