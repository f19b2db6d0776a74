// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.internal.schedule.VirtualScheduler;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Two endpoints in the first line and one in the next, in virtual time. Tests complete the calls.
 */
abstract class ExecutionFixture {
  static final Duration LONG = Duration.ofMinutes(1);

  final ManualTicker ticker = new ManualTicker(7);
  final VirtualScheduler scheduler = new VirtualScheduler(ticker);
  final List<String> log = new ArrayList<>();
  final List<CompletableFuture<String>> calls = new ArrayList<>();

  FailoverGroupBuilder<String> builder() {
    return builder(RetryPolicy.builder());
  }

  FailoverGroupBuilder<String> builder(RetryPolicy.Builder policy) {
    return builder(policy, LinePolicy.builder());
  }

  FailoverGroupBuilder<String> builder(RetryPolicy.Builder policy, LinePolicy.Builder lines) {
    return FailoverGroup.<String>builder("g")
        .line(Line.of("first", 0, Endpoint.of("a1", "A1"), Endpoint.of("a2", "A2")))
        .line(Line.of("second", 1, Endpoint.of("b", "B")))
        .retry(policy.perTry(Duration.ofMillis(800)).build())
        .lines(lines.overprovision(1000).build())
        .balancer(Balancer.first())
        .ticker(ticker)
        .scheduler(scheduler)
        .report((id, outcome, status, nanos) -> log.add(id + " " + outcome));
  }

  FailoverGroup<String> group(RetryPolicy.Builder policy) {
    return builder(policy).build();
  }

  CompletableFuture<String> call(Lease<String> lease) {
    log.add(lease.endpoint().id() + "@" + ticker.read() / 1_000_000);
    var call = new CompletableFuture<String>();
    calls.add(call);
    return call;
  }

  CompletableFuture<String> start(FailoverGroup<String> group) {
    return group.executeAsync(true, LONG, this::call);
  }

  void fail(int call) {
    calls.get(call).completeExceptionally(new IOException("reset"));
  }
}
