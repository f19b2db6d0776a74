// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.AdaptiveLimit;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EndpointLimitTest {
  private final ManualTicker ticker = new ManualTicker(Duration.ofSeconds(1).toNanos());
  private final ScriptedHealth health = new ScriptedHealth();

  private FailoverGroupBuilder<String> builder() {
    return FailoverGroup.<String>builder("g")
        .line(Line.of("a", 0, Endpoint.of("a0", "a0"), Endpoint.of("a1", "a1")))
        .ticker(ticker)
        .health(health)
        .seed(1);
  }

  private static Map<String, Integer> open(FailoverGroup<String> group, int requests) {
    var open = new TreeMap<String, Integer>();
    for (int i = 0; i < requests; i++) {
      Lease<String> lease = group.select(new SelectContext());
      if (lease != null) {
        open.merge(lease.payload(), 1, Integer::sum);
      }
    }
    return open;
  }

  @Test
  void full_getsNoMore_alsoInPanic() {
    try (FailoverGroup<String> group =
        builder().endpoints(EndpointPolicy.builder().maxInFlight(3).build()).build()) {
      assertThat(open(group, 20)).containsEntry("a0", 3).containsEntry("a1", 3);
      health.set("a0", Health.UNHEALTHY);
      health.set("a1", Health.UNHEALTHY);
      ticker.advance(Duration.ofSeconds(2));
      assertThat(open(group, 20)).isEmpty();
      assertThat(group.snapshot().panicking()).isTrue();
    }
  }

  @Test
  void full_theNextLineTakesTheRest() {
    try (FailoverGroup<String> group =
        builder()
            .line(Line.of("b", 1, Endpoint.of("b0", "b0")))
            .endpoints(EndpointPolicy.builder().maxInFlight(3).build())
            .build()) {
      assertThat(open(group, 9)).hasSize(3).allSatisfy((id, n) -> assertThat(n).isEqualTo(3));
    }
  }

  @Test
  void respondingAndLongLivedLeases_areNotInFlight() {
    try (FailoverGroup<String> group =
        builder().endpoints(EndpointPolicy.builder().maxInFlight(1).build()).build()) {
      requireNonNull(group.select(new SelectContext())).responseStarted();
      requireNonNull(group.select(new SelectContext())).longLived();
      assertThat(open(group, 5)).hasSize(2);
    }
  }

  @Test
  void oneEndpointAliveOfFive_getsItsLimitAndNotTheWholeLoad() {
    var endpoints = new ArrayList<Endpoint<String>>();
    for (int i = 0; i < 5; i++) {
      endpoints.add(Endpoint.of("e" + i, "e" + i));
    }
    try (FailoverGroup<String> group =
        FailoverGroup.<String>builder("g")
            .line(new Line<>("e", 0, endpoints))
            .ticker(ticker)
            .endpoints(EndpointPolicy.builder().maxInFlight(10).build())
            .build()) {
      for (int i = 0; i < 1000; i++) {
        ticker.advanceNanos(100_000);
        Attempts<String> attempts = group.begin(true);
        for (Lease<String> lease = attempts.next(); lease != null; ) {
          if (lease.payload().equals("e0")) {
            break; // it takes 100 ms: stays open
          }
          lease.end(Outcome.CONNECT_FAILURE, 0);
          lease = attempts.next();
        }
      }
      assertThat(group.snapshot().lines().get(0).endpoints().get(0).inFlight()).isEqualTo(10);
    }
  }

  /** A server that works on ten requests at a time, each for 10 ms, under twice that load. */
  @Test
  void adaptive_keepsTheQueueOfAnOverloadedServerShort() {
    try (FailoverGroup<String> group =
        FailoverGroup.<String>builder("g")
            .line(Line.of("a", 0, Endpoint.of("a0", "a0")))
            .ticker(ticker)
            .endpoints(
                EndpointPolicy.builder()
                    .adaptiveLimit(() -> AdaptiveLimit.between(20, 1, 1000))
                    .build())
            .build()) {
      var ends = new PriorityQueue<Long>();
      var leases = new ArrayList<Lease<String>>();
      long busyUntil = ticker.read();
      int most = 0;
      for (int i = 0; i < 40_000; i++) {
        ticker.advanceNanos(500_000);
        while (!ends.isEmpty() && ends.peek() <= ticker.read()) {
          ends.remove();
          leases.remove(0).succeed(200);
        }
        Lease<String> lease = group.select(new SelectContext());
        if (lease != null) {
          busyUntil = Math.max(busyUntil, ticker.read() + 9_000_000) + 1_000_000;
          ends.add(busyUntil);
          leases.add(lease);
        }
        most = i > 20_000 ? Math.max(most, leases.size()) : 0;
      }
      assertThat(most).isBetween(8, 60);
    }
  }

  @Test
  void concurrentSelections_neverExceedTheLimit() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try (FailoverGroup<String> group =
        builder().endpoints(EndpointPolicy.builder().maxInFlight(2).build()).build()) {
      var inFlight = new AtomicInteger[] {new AtomicInteger(), new AtomicInteger()};
      var most = new AtomicInteger();
      var served = new AtomicInteger();
      var ends = new ArrayList<Future<?>>();
      for (int thread = 0; thread < 4; thread++) {
        ends.add(
            pool.submit(() -> {
              for (int i = 0; i < 20_000; i++) {
                Lease<String> lease = group.select(new SelectContext());
                if (lease != null) {
                  AtomicInteger count = inFlight[lease.payload().charAt(1) - '0'];
                  most.accumulateAndGet(count.incrementAndGet(), Math::max);
                  served.incrementAndGet();
                  count.decrementAndGet();
                  lease.succeed(200);
                }
              }
            }));
      }
      for (Future<?> end : ends) {
        end.get(30, TimeUnit.SECONDS);
      }
      assertThat(most.get()).isBetween(1, 2);
      assertThat(served.get()).isGreaterThan(40_000);
      assertThat(group.snapshot().lines().get(0).traffic().inFlight()).isZero();
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void badValues_areRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder().endpoints(EndpointPolicy.builder().maxInFlight(0).build()));
  }
}
