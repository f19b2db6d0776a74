// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.internal.schedule.VirtualScheduler;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The listener of retries and hedges. */
class RetryEventTest {
  private final ManualTicker ticker = new ManualTicker();
  private final VirtualScheduler scheduler = new VirtualScheduler(ticker);
  private final List<RetryEvent> events = new ArrayList<>();

  private FailoverGroup<String> group(RetryPolicy policy, boolean throwing) {
    return FailoverGroup.<String>builder("g")
        .balancer(Balancer.first())
        .line(Line.of("l", 0, Endpoint.of("a", "A"), Endpoint.of("b", "B"), Endpoint.of("c", "C")))
        .retry(policy)
        .ticker(ticker)
        .scheduler(scheduler)
        .listener(
            new FailoverListener() {
              @Override
              public void onRetry(RetryEvent event) {
                events.add(event);
                if (throwing) {
                  throw new IllegalStateException("defect of the listener");
                }
              }
            })
        .build();
  }

  private static String failTwice(Lease<String> lease) throws IOException {
    if (!lease.payload().equals("C")) {
      throw new IOException("reset");
    }
    return lease.payload();
  }

  @Test
  void execute_twoRetries_areReportedWithTheirEndpoints() throws Exception {
    try (FailoverGroup<String> group = group(RetryPolicy.defaults(), false)) {
      String first = group.execute(true, Lease::payload);
      assertThat(first).isEqualTo("A");
      assertThat(events).isEmpty();
      assertThat(group.execute(true, RetryEventTest::failTwice)).isEqualTo("C");
      assertThat(events)
          .containsExactly(
              new RetryEvent("g", 2, false, "a", "b"), new RetryEvent("g", 3, false, "b", "c"));
    }
  }

  @Test
  void execute_listenerThrows_requestContinues() throws Exception {
    try (FailoverGroup<String> group = group(RetryPolicy.defaults(), true)) {
      assertThat(group.execute(true, RetryEventTest::failTwice)).isEqualTo("C");
      assertThat(events).hasSize(2);
    }
  }

  @Test
  void executeAsync_hedge_isReported() {
    RetryPolicy policy =
        RetryPolicy.builder()
            .hedge(RetryPolicy.Hedge.after(Duration.ofMillis(50)).withBudget(1))
            .build();
    try (FailoverGroup<String> group = group(policy, false)) {
      CompletableFuture<String> result =
          group.executeAsync(
              true,
              Duration.ofSeconds(10),
              lease ->
                  lease.payload().equals("A")
                      ? new CompletableFuture<>()
                      : CompletableFuture.completedFuture(lease.payload()));
      scheduler.advance(Duration.ofMillis(60));
      assertThat(result).isCompletedWithValue("B");
      assertThat(events).containsExactly(new RetryEvent("g", 2, true, "a", "b"));
    }
  }
}
