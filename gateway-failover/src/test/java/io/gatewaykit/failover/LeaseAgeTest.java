// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Long-lived leases: streaming responses, connections, and leaks. */
@SuppressWarnings("FutureReturnValueIgnored") // the list receives the result
class LeaseAgeTest {
  private final ManualTicker ticker = new ManualTicker(Duration.ofSeconds(1).toNanos());

  private static Line<String> five() {
    var endpoints = new ArrayList<Endpoint<String>>();
    for (int i = 0; i < 5; i++) {
      endpoints.add(Endpoint.of("a" + i, "a" + i));
    }
    return new Line<>("a", 0, endpoints);
  }

  private FailoverGroup<String> group(Balancer balancer) {
    return FailoverGroup.<String>builder("g")
        .line(five())
        .balancer(balancer)
        .ticker(ticker)
        .retry(RetryPolicy.builder().perTry(Duration.ofSeconds(5)).build())
        .seed(4)
        .build();
  }

  private Lease<String> next(FailoverGroup<String> group) {
    return requireNonNull(group.select(new SelectContext()));
  }

  private Lease<String> openOnA0(FailoverGroup<String> group) {
    Lease<String> lease = next(group);
    while (!lease.payload().equals("a0")) {
      ticker.advanceNanos(10_000_000);
      lease.succeed(200);
      lease = next(group);
    }
    ticker.advanceNanos(10_000_000);
    return lease;
  }

  /** Sends requests one at a time, each of 10 ms ± 10 %; returns the picks of a0. */
  private int picksOfA0(FailoverGroup<String> group, int requests) {
    int picks = 0;
    for (int i = 0; i < requests; i++) {
      Lease<String> lease = next(group);
      picks += lease.payload().equals("a0") ? 1 : 0;
      ticker.advanceNanos(9_000_000 + i * 7_919L % 2_000_000);
      lease.succeed(200);
    }
    return picks;
  }

  private void oneOpenLease(Consumer<Lease<String>> how, int least) {
    try (FailoverGroup<String> group = group(Balancer.peakEwma(Duration.ofSeconds(10)))) {
      picksOfA0(group, 1000);
      how.accept(openOnA0(group));
      assertThat(picksOfA0(group, 10_000)).isGreaterThan(least);
    }
  }

  @Test
  void peakEwma_oneStreamingResponse_keepsItsShare() {
    oneOpenLease(Lease::responseStarted, 1000);
  }

  @Test
  void peakEwma_oneConnection_keepsItsShare() {
    oneOpenLease(lease -> lease.asConnection(left -> {}), 1000);
  }

  @Test
  void peakEwma_leakedLease_isExcludedAfterPerTry() {
    oneOpenLease(lease -> {}, 800);
  }

  @Test
  void leastRequest_leakedLease_isExcludedAfterPerTry() {
    try (FailoverGroup<String> group = group(Balancer.leastRequest(2))) {
      Lease<String> forgotten = openOnA0(group);
      assertThat(picksOfA0(group, 10_000)).isGreaterThan(1000);
      assertThat(forgotten.isOpen()).isTrue();
    }
  }

  @Test
  void peakEwma_connectionsOnly_areBalancedByTheirNumber() {
    try (FailoverGroup<String> group = group(Balancer.peakEwma(Duration.ofSeconds(10)))) {
      var picks = new TreeMap<String, Integer>();
      for (int i = 0; i < 1000; i++) {
        Lease<String> lease = next(group);
        lease.asConnection(left -> {});
        picks.merge(lease.payload(), 1, Integer::sum);
      }
      assertThat(picks.values()).allMatch(count -> count > 180 && count < 220);
    }
  }

  @Test
  void capacity_leakedLeases_areReclaimedAfterPerTry() {
    Topology<String> topology =
        Topology.<String>builder()
            .line("hk", line -> line.capacity(100).endpoint("h", "h"))
            .line("us", line -> line.priority(1).endpoint("u", "u"))
            .build();
    try (FailoverGroup<String> group =
        FailoverGroup.builder("g", topology)
            .ticker(ticker)
            .retry(RetryPolicy.builder().perTry(Duration.ofSeconds(5)).build())
            .build()) {
      var picks = new TreeMap<String, Integer>();
      for (int i = 0; i < 100_000; i++) {
        ticker.advanceNanos(1_000_000);
        Lease<String> lease = next(group);
        if (i >= 90_000) {
          picks.merge(lease.payload(), 1, Integer::sum);
        }
        if (i % 500 != 0) {
          lease.succeed(200);
        }
      }
      assertThat(picks.getOrDefault("h", 0)).isEqualTo(10_000);
    }
  }

  @Test
  void success_ofARequestStartedBeforeTheFailures_doesNotEndTheEjection() {
    try (FailoverGroup<String> group =
        FailoverGroup.<String>builder("g")
            .line(Line.of("a", 0, Endpoint.of("a0", "a0")))
            .line(Line.of("b", 1, Endpoint.of("b0", "b0")))
            .lines(LinePolicy.builder().switcher(LineSwitcher.immediate()).build())
            .ticker(ticker)
            .build()) {
      Lease<String> old = next(group);
      for (int i = 0; i < 3; i++) {
        ticker.advanceNanos(1_000_000);
        next(group).end(Outcome.CONNECT_FAILURE, 0);
      }
      assertThat(next(group).payload()).isEqualTo("b0");
      ticker.advance(Duration.ofSeconds(1));
      old.succeed(200);
      assertThat(next(group).payload()).as("still ejected").isEqualTo("b0");
      ticker.advance(Duration.ofSeconds(10));
      Lease<String> trial = next(group);
      assertThat(trial.payload()).isEqualTo("a0");
      trial.succeed(200);
      next(group).end(Outcome.FAILURE, 500);
      assertThat(next(group).payload()).as("the failure count starts again").isEqualTo("a0");
    }
  }

  /** In every interleaving, the counts of open and quiet leases return to 0. */
  @Tag("stress")
  @ParameterizedTest
  @ValueSource(strings = {"answered", "longLived", "asConnection"})
  void endedByAnotherThread_countsReturnToZero(String change) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try (FailoverGroup<String> group = group(Balancer.peakEwma(Duration.ofSeconds(10)))) {
      for (int i = 0; i < 500; i++) {
        Lease<String> lease = next(group);
        var start = new CountDownLatch(2);
        Future<?> changed = pool.submit(() -> meet(start, () -> change(lease, change)));
        Future<?> ended = pool.submit(() -> meet(start, () -> lease.succeed(200)));
        changed.get(10, TimeUnit.SECONDS);
        ended.get(10, TimeUnit.SECONDS);
      }
      assertThat(group.snapshot().lines().get(0).traffic().inFlight()).isZero();
      List<String> left = new ArrayList<>();
      group
          .rebalanceConnections("a", Duration.ofSeconds(1), 1)
          .thenAccept(n -> left.add("left " + n));
      assertThat(left).containsExactly("left 0");
      assertThat(group.selector().endpoints("a")).allMatch(state -> state.untimedLeases() == 0);
    } finally {
      pool.shutdownNow();
    }
  }

  private static void change(Lease<String> lease, String change) {
    switch (change) {
      case "answered" -> lease.responseStarted();
      case "longLived" -> lease.longLived();
      default -> lease.asConnection(left -> {});
    }
  }

  private static void meet(CountDownLatch start, Runnable then) {
    start.countDown();
    while (start.getCount() > 0) {
      Thread.onSpinWait();
    }
    then.run();
  }
}
