// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.method;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;

/** Thrown at the start of the application if {@link RateLimited} is used wrongly. */
final class RateLimitedUsageException extends RuntimeException {
  private static final long serialVersionUID = 1;

  RateLimitedUsageException(AnnotatedElement element, String reason) {
    super("@RateLimited on " + name(element) + ": " + reason);
  }

  private static String name(AnnotatedElement element) {
    return element instanceof Method method
        ? method.getDeclaringClass().getName() + "." + method.getName()
        : ((Class<?>) element).getName();
  }
}
