// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.method;

import io.gatewaykit.ratelimit.RateLimiter;
import io.gatewaykit.ratelimit.Reservation;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * A limit of a method. Immutable.
 *
 * @param name the name of the limit
 * @param paths the parts of the key that depend on arguments
 * @param byPrincipal whether the key contains the user
 * @param others the key of callers that are not authenticated
 * @param maxWait zero unless a call waits for permits
 * @param fallback the method to call instead; null for an exception
 */
record MethodLimit(
    String name,
    RateLimiter<Object> limiter,
    List<KeyPath> paths,
    boolean byPrincipal,
    String others,
    long cost,
    Duration maxWait,
    @Nullable Method fallback) {
  /** Copies the list. */
  MethodLimit {
    paths = List.copyOf(paths);
  }

  /** Returns the key, different from all keys of the same limit in front of the application. */
  private List<Object> key(@Nullable Object[] arguments, @Nullable String principal) {
    var key = new ArrayList<Object>(paths.size() + 2);
    if (byPrincipal) {
      key.add(principal == null ? "method" : "principal");
      key.add(principal == null ? others : principal);
    } else {
      key.add("arguments");
    }
    for (KeyPath path : paths) {
      Object value = path.value(arguments);
      key.add(value == null ? "null" : value);
    }
    return key;
  }

  Reservation acquire(@Nullable Object[] arguments, @Nullable String principal)
      throws InterruptedException {
    Object key = key(arguments, principal);
    return maxWait.isZero()
        ? limiter.reserve(key, cost, maxWait)
        : limiter.acquire(key, cost, maxWait);
  }

  CompletableFuture<Reservation> acquireAsync(
      @Nullable Object[] arguments,
      @Nullable String principal,
      ScheduledExecutorService scheduler) {
    Object key = key(arguments, principal);
    return maxWait.isZero()
        ? limiter.reserveAsync(key, cost, maxWait)
        : limiter.acquireAsync(key, cost, maxWait, scheduler);
  }
}
