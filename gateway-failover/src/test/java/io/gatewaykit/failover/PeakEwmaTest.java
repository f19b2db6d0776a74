// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.upstream.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Regression tests for bugs reported against balancers by latency. */
class PeakEwmaTest extends BalancerFixture {
  @DisplayName("R-50: peak EWMA: a node that fails fast receives almost no traffic")
  @Test
  void peakEwma_nodeThatFailsFast_receivesAlmostNoTraffic() {
    var group =
        builder(Balancer.peakEwma(Duration.ofSeconds(10)), equal(10))
            .endpoints(EndpointPolicy.builder().maxFails(1000).build())
            .build();
    int bad = 0;
    for (int i = 0; i < 3000; i++) {
      Lease<String> lease = requireNonNull(group.select(new SelectContext()));
      boolean failing = lease.payload().equals("e3");
      ticker.advanceNanos(failing ? 100_000 : 1_000_000);
      bad += failing && i >= 1000 ? 1 : 0;
      lease.end(failing ? Outcome.FAILURE : Outcome.SUCCESS, 200);
    }
    assertThat(bad).isLessThanOrEqualTo(40); // 2 % of 2000
  }

  @DisplayName("R-51: peak EWMA: a new endpoint receives at most its share in the first second")
  @Test
  void peakEwma_newEndpoint_receivesAtMostItsShareInTheFirstSecond() {
    var group = group(Balancer.peakEwma(Duration.ofSeconds(10)), equal(10));
    serve(group, 2000, 1_000_000);
    group.update(List.of(new Line<>("l", 0, equal(11))));
    Map<String, Integer> counts = serve(group, 1000, 1_000_000);
    assertThat(counts.getOrDefault("e10", 0)).isBetween(1, 150); // a fair share is 91
  }

  @DisplayName("R-52: peak EWMA: sub-millisecond backends are compared by open leases")
  @Test
  void peakEwma_subMillisecondBackends_areComparedByOpenLeases() {
    var group = group(Balancer.peakEwma(Duration.ofSeconds(10)), equal(2));
    serve(group, 200, 50_000);
    var open = new ArrayList<Lease<String>>();
    for (int i = 0; i < 100; i++) {
      open.add(requireNonNull(group.select(new SelectContext())));
    }
    long first = open.stream().filter(lease -> lease.payload().equals("e0")).count();
    assertThat(first).isBetween(40L, 60L);
    open.forEach(Lease::close);
  }

  @DisplayName("R-55: peak EWMA: an idle slow endpoint is eventually tried again")
  @Test
  void peakEwma_idleSlowEndpoint_isEventuallyTriedAgain() {
    var group = group(Balancer.peakEwma(Duration.ofSeconds(1)), equal(2));
    for (int i = 0; i < 20; i++) {
      Lease<String> lease = requireNonNull(group.select(new SelectContext()));
      ticker.advanceNanos(lease.payload().equals("e0") ? 500_000_000 : 1_000_000);
      lease.succeed(200);
    }
    assertThat(serve(group, 200, 1_000_000).getOrDefault("e0", 0)).isZero();
    assertThat(serve(group, 20_000, 1_000_000)).containsKey("e0");
  }

  @Test
  void peakEwma_hangingEndpoint_isAvoidedBeforeTheFirstTimeout() {
    var group = group(Balancer.peakEwma(Duration.ofSeconds(10)), equal(3));
    serve(group, 300, 1_000_000);
    int onHanging = 0;
    var open = new ArrayList<Lease<String>>();
    for (int i = 0; i < 300; i++) {
      Lease<String> lease = requireNonNull(group.select(new SelectContext()));
      ticker.advanceNanos(1_000_000);
      if (lease.payload().equals("e2")) {
        open.add(lease);
        onHanging++;
      } else {
        lease.succeed(200);
      }
    }
    assertThat(onHanging).isLessThan(12);
    open.forEach(Lease::close);
  }
}
