// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.method;

import io.gatewaykit.ratelimit.Decision;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;

/**
 * The result of the limits of a call.
 *
 * @param limit the limit that rejected; null if the call is admitted
 * @param decision its decision; null if the call is admitted
 */
record Admission(@Nullable MethodLimit limit, @Nullable Decision decision) {
  static final Admission ADMITTED = new Admission(null, null);

  boolean admitted() {
    return limit == null;
  }

  /** Returns the result of the fallback of a rejected call, or throws the exception. */
  @Nullable Object rejected(@Nullable Object target, @Nullable Object[] arguments)
      throws Throwable {
    if (limit == null || decision == null) {
      throw new IllegalStateException("the call is admitted");
    }
    Method fallback = limit.fallback();
    if (fallback == null) {
      throw new RateLimitedException(limit.name(), decision);
    }
    return AopUtils.invokeJoinpointUsingReflection(target, fallback, arguments);
  }
}
