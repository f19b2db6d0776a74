// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet.spring;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Allows all requests after the kind of wait that a header field of the request selects. */
final class WaitingGuard implements Guard {
  static final String FIELD = "X-Wait";

  @Override
  public String name() {
    return "waiting";
  }

  @Override
  public Verdict onHead(GatewayRequest request) {
    return switch (String.valueOf(request.headers().first(FIELD))) {
      case "delay" -> Verdict.delayNanos(TimeUnit.MILLISECONDS.toNanos(20));
      case "pending" -> Verdict.pending(later(Verdict.allow()));
      case "pending-delay" -> Verdict.pending(later(Verdict.delayNanos(5_000_000)));
      default -> Verdict.allow();
    };
  }

  private static CompletableFuture<Verdict> later(Verdict verdict) {
    return CompletableFuture.supplyAsync(
        () -> verdict, CompletableFuture.delayedExecutor(10, TimeUnit.MILLISECONDS));
  }
}
