// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.method;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimiter;
import io.gatewaykit.ratelimit.Reservation;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AsyncAdmissionTest {
  private final List<String> returned = new ArrayList<>();

  @Test
  void cancel_whileALimiterAdmits_returnsThePermitsOfAllLimits() {
    var first = new CompletableFuture<Reservation>();
    var admission = new CompletableFuture<AsyncAdmission>();
    MethodLimit cancelling =
        limit(
            "b",
            () -> {
              admission.join().cancel(true);
              return CompletableFuture.completedFuture(reservation("b"));
            });
    ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
    try {
      admission.complete(
          AsyncAdmission.start(
              List.of(limit("a", () -> first), cancelling),
              new @Nullable Object[0],
              null,
              scheduler));
      first.complete(reservation("a"));
    } finally {
      scheduler.shutdown();
    }
    assertThat(admission.join()).isCancelled();
    assertThat(returned).containsExactlyInAnyOrder("a", "b");
  }

  private Reservation reservation(String name) {
    Decision decision =
        KeyedLeakyBucket.<String>builder().limit(Limit.perSecond(1)).build().check("a", 1);
    return Reservation.of(decision, actual -> returned.add(name));
  }

  @SuppressWarnings("unchecked") // a proxy has no type arguments
  private static MethodLimit limit(
      String name, Supplier<CompletableFuture<Reservation>> reservations) {
    var limiter =
        (RateLimiter<Object>)
            Proxy.newProxyInstance(
                AsyncAdmissionTest.class.getClassLoader(),
                new Class<?>[] {RateLimiter.class},
                (proxy, method, arguments) -> reservations.get());
    return new MethodLimit(name, limiter, List.of(), false, "", 1, Duration.ZERO, null);
  }
}
