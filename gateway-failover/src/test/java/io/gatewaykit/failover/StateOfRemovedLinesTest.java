// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Lines and endpoints that an update has removed leave nothing behind. */
class StateOfRemovedLinesTest {
  private final ManualTicker ticker = new ManualTicker(Duration.ofSeconds(1).toNanos());

  private FailoverGroup<Object> group(LineSwitcher switcher) {
    return FailoverGroup.<Object>builder("churn")
        .line(Line.of("fixed", 1, Endpoint.of("f", new Object())))
        .lines(LinePolicy.builder().switcher(switcher).build())
        .retry(RetryPolicy.builder().hedge(RetryPolicy.Hedge.atQuantile(0.95)).build())
        .endpoints(EndpointPolicy.builder().leakDetectionSampling(1).build())
        .ticker(ticker)
        .seed(3)
        .build();
  }

  /** Adds a line, sends hedged requests to it, and returns a reference to its payload. */
  private WeakReference<Object> useOnce(FailoverGroup<Object> group, int number) {
    Object payload = new Object();
    group.update(
        List.of(
            Line.of("line-" + number, 0, Endpoint.of("endpoint-" + number, payload)),
            Line.of("fixed", 1, Endpoint.of("f", new Object()))));
    for (int i = 0; i < 30; i++) {
      ticker.advance(Duration.ofMillis(100));
      Attempts<Object> attempts = group.begin(true);
      Lease<Object> lease = requireNonNull(attempts.next());
      Duration unused = attempts.hedgeDelay(); // reads the latencies of the line
      ticker.advance(Duration.ofMillis(2));
      lease.succeed(200);
    }
    return new WeakReference<>(payload);
  }

  private void assertRemovedLinesAreCollected(LineSwitcher switcher) {
    try (FailoverGroup<Object> group = group(switcher)) {
      var payloads = new ArrayList<WeakReference<Object>>();
      for (int i = 0; i < 50; i++) {
        payloads.add(useOnce(group, i));
      }
      group.update(List.of(Line.of("fixed", 1, Endpoint.of("f", new Object()))));
      requireNonNull(group.select(new SelectContext())).close();
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> {
            System.gc();
            assertThat(payloads).allMatch(payload -> payload.get() == null);
          });
      assertThat(group.snapshot().lines()).hasSize(1);
    }
  }

  @Test
  void hedgedLines_removed_areCollected() {
    assertRemovedLinesAreCollected(LineSwitcher.immediate());
  }

  @Test
  void linesComparedByLatency_removed_areCollected() {
    assertRemovedLinesAreCollected(LineSwitcher.builder().fastest().build());
  }
}
