// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.method;

import io.gatewaykit.ratelimit.Decision;
import java.lang.reflect.Method;
import org.aopalliance.intercept.MethodInvocation;
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

  /** Returns the result of the call, or that of the fallback if it is rejected. */
  @Nullable Object proceed(MethodInvocation call) throws Throwable {
    if (limit == null || decision == null) {
      return call.proceed();
    }
    Method fallback = limit.fallback();
    if (fallback == null) {
      throw new RateLimitedException(limit.name(), decision);
    }
    return AopUtils.invokeJoinpointUsingReflection(call.getThis(), fallback, call.getArguments());
  }
}
