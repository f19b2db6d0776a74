// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.HealthChangeListener;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.Subscription;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The selection table of thousands of endpoints is not built by the thread of a request. */
class BackgroundBuildTest {
  /** Advances by 10 us with each reading, so that a build always takes longer than 0.1 ms. */
  private final AtomicLong now = new AtomicLong(1_000_000_000);

  private final Ticker ticker = () -> now.addAndGet(10_000);

  /** Records the threads that read the health, which a build does for each endpoint. */
  private final class RecordingHealth implements HealthSignal {
    final Map<String, Health> states = new ConcurrentHashMap<>();
    final Set<Thread> builders = ConcurrentHashMap.newKeySet();
    final List<HealthChangeListener> listeners = new CopyOnWriteArrayList<>();

    @Override
    public Health health(String endpointId) {
      builders.add(Thread.currentThread());
      now.addAndGet(1_000); // the build takes time
      return states.getOrDefault(endpointId, Health.HEALTHY);
    }

    @Override
    public Subscription subscribe(HealthChangeListener listener) {
      listeners.add(listener);
      return () -> listeners.remove(listener);
    }

    void set(String endpointId, Health health) {
      states.put(endpointId, health);
      listeners.forEach(listener -> listener.onHealth(endpointId, health));
    }
  }

  private final RecordingHealth health = new RecordingHealth();

  private FailoverGroup<String> group(int count) {
    var endpoints = new ArrayList<Endpoint<String>>();
    for (int i = 0; i < count; i++) {
      endpoints.add(Endpoint.of("e" + i, "e" + i));
    }
    return FailoverGroup.<String>builder("large")
        .line(new Line<>("a", 0, endpoints))
        .balancer(Balancer.leastRequest(2))
        .health(health)
        .ticker(ticker)
        .build();
  }

  private static String select(FailoverGroup<String> group) {
    try (Lease<String> lease = requireNonNull(group.select(new SelectContext()))) {
      return lease.payload();
    }
  }

  @Test
  void select_manyEndpointsWithChurn_requestsDoNotBuild() {
    try (FailoverGroup<String> group = group(2_000)) {
      health.builders.clear();
      for (int i = 0; i < 200; i++) {
        String changed = "e" + i;
        health.set(changed, Health.UNHEALTHY);
        for (int request = 0; request < 20; request++) {
          assertThat(select(group)).as("excluded before the build").isNotEqualTo(changed);
        }
      }
      assertThat(health.builders).doesNotContain(Thread.currentThread());
      // the changes reach the table
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> {
            for (int i = 0; i < 1_000; i++) {
              String unused = select(group);
            }
            return health.builders.stream()
                .anyMatch(thread -> thread.getName().equals("failover-large"));
          });
    }
  }

  @Test
  void select_fewEndpoints_theRequestBuilds() {
    try (FailoverGroup<String> group = group(10)) {
      health.builders.clear();
      health.set("e0", Health.UNHEALTHY);
      now.addAndGet(2_000_000_000L);
      assertThat(select(group)).isNotEqualTo("e0");
      assertThat(health.builders).containsOnly(Thread.currentThread());
    }
  }

  @Test
  void select_groupIsClosed_requestsStillBuild() {
    FailoverGroup<String> group = group(2_000);
    group.close();
    health.builders.clear();
    now.addAndGet(2_000_000_000L);
    assertThat(select(group)).isNotEmpty();
    assertThat(health.builders).containsOnly(Thread.currentThread());
  }

  @Test
  void explain_manyEndpoints_isCurrent() {
    try (FailoverGroup<String> group = group(2_000)) {
      health.set("e7", Health.UNHEALTHY);
      now.addAndGet(10_000_000_000L);
      assertThat(group.explain(new SelectContext()).toString()).contains("1999 of 2000 endpoints");
    }
  }
}
