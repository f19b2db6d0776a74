// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.micrometer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.EndpointPolicy;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Lease;
import io.gatewaykit.failover.Line;
import io.gatewaykit.failover.SelectContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The meters of requests that wait for an endpoint. */
class QueueMetricsTest {
  private final ManualTicker ticker = new ManualTicker();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private double failed(String cause) {
    return registry
        .get("gateway.failover.queue.failed")
        .tags("group", "queued", "cause", cause)
        .functionCounter()
        .count();
  }

  private double waiting() {
    return registry.get("gateway.failover.queue.waiting").tag("group", "queued").gauge().value();
  }

  @Test
  void queue_waitingTimedOutAndRejectedRequests_areMetered() {
    try (var metrics = new FailoverMetrics(registry);
        FailoverGroup<String> group =
            FailoverGroup.<String>builder("queued")
                .line(Line.of("a", 0, Endpoint.of("x", "x")))
                .listener(metrics)
                .ticker(ticker)
                .endpoints(
                    EndpointPolicy.builder().maxInFlight(1).queue(Duration.ofSeconds(1), 1).build())
                .build()) {
      metrics.bind(group);
      Lease<String> held = requireNonNull(group.select(new SelectContext()));
      CompletableFuture<String> first = request(group);
      CompletableFuture<String> second = request(group);
      assertThat(second).as("the queue is full").isCompletedExceptionally();
      await().until(() -> failed("full") == 1);
      await().until(() -> waiting() == 1);
      ticker.advance(Duration.ofSeconds(2));
      await().until(first::isCompletedExceptionally);
      await().until(() -> failed("timeout") == 1);
      await().until(() -> waiting() == 0);
      held.close();
    }
  }

  private static CompletableFuture<String> request(FailoverGroup<String> group) {
    return group.executeAsync(
        true, Duration.ofSeconds(30), lease -> CompletableFuture.completedFuture(lease.payload()));
  }
}
