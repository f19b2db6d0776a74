// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.it;

import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimiter;
import io.gatewaykit.ratelimit.Reservation;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A limiter whose asynchronous calls wait until the test admits them. */
final class ManualLimiter implements InvocationHandler {
  /** The waiting calls, in order. */
  final Queue<CompletableFuture<Reservation>> waiting = new ConcurrentLinkedQueue<>();

  /** Returns an admission that has taken nothing. */
  static Reservation admitted() {
    Decision decision =
        KeyedLeakyBucket.<String>builder().limit(Limit.perSecond(1)).build().check("a", 1);
    return Reservation.of(decision, actual -> {});
  }

  @SuppressWarnings("unchecked") // a proxy has no type arguments
  RateLimiter<Object> limiter() {
    return (RateLimiter<Object>)
        Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {RateLimiter.class}, this);
  }

  @Override
  public Object invoke(Object proxy, Method method, Object[] arguments) {
    if (!method.getName().equals("acquireAsync")) {
      throw new UnsupportedOperationException(method.getName());
    }
    var call = new CompletableFuture<Reservation>();
    waiting.add(call);
    return call;
  }
}
