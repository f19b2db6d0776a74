// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.method;

import java.lang.reflect.Method;
import org.springframework.aop.support.StaticMethodMatcherPointcut;
import org.springframework.core.annotation.AnnotationUtils;

/** Matches the methods with limits. */
final class RateLimitedPointcut extends StaticMethodMatcherPointcut {
  RateLimitedPointcut() {
    setClassFilter(type -> AnnotationUtils.isCandidateClass(type, RateLimited.class));
  }

  @Override
  public boolean matches(Method method, Class<?> targetClass) {
    return !LimitedMethods.annotations(method, targetClass).isEmpty();
  }
}
