// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.type.AnnotatedTypeMetadata;

/** Matches unless {@code gatewaykit.waf.mode} is off, so that no rules are loaded then. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Conditional(ConditionalOnFirewall.OnFirewall.class)
@interface ConditionalOnFirewall {
  /** The condition. */
  final class OnFirewall implements Condition {
    @Override
    public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
      String mode =
          context.getEnvironment().getProperty(GatewayKitProperties.PREFIX + ".waf.mode", "block");
      return !mode.equalsIgnoreCase("off") && !mode.equals("false"); // YAML reads off as false
    }
  }
}
