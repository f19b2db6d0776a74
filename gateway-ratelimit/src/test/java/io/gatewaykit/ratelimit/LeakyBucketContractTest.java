// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;

/** The contract for single buckets, one for each key. */
class LeakyBucketContractTest extends RateLimiterContract {
  @Override
  @SuppressWarnings("unchecked")
  protected RateLimiter<String> limiter(Limit limit) {
    Map<Object, RateLimiter<Object>> buckets = new HashMap<>();
    return (RateLimiter<String>)
        Proxy.newProxyInstance(
            RateLimiter.class.getClassLoader(),
            new Class<?>[] {RateLimiter.class},
            (proxy, method, arguments) -> {
              Object key = arguments == null ? "" : arguments[0];
              RateLimiter<Object> bucket =
                  buckets.computeIfAbsent(
                      key,
                      unused ->
                          LeakyBucket.builder().limit(limit).ticker(ticker).build().asLimiter());
              try {
                return method.invoke(bucket, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
