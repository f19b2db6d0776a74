// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.GroupSnapshot.EndpointStatus;
import io.gatewaykit.failover.GroupSnapshot.EndpointView;
import io.gatewaykit.failover.breaker.CircuitBreaker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Regression tests for bugs reported against other implementations, not covered elsewhere. */
@Timeout(60)
class PeersFaultsTest {
  private static final int THREADS = 8;

  private final ManualTicker ticker = new ManualTicker();
  private final ScriptedHealth health = new ScriptedHealth();

  private static List<Endpoint<String>> endpoints(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> Endpoint.of(prefix + i, prefix + i)).toList();
  }

  @SuppressWarnings("unchecked")
  private static Line<String> line(String id, List<Endpoint<String>> endpoints) {
    return Line.of(id, 0, endpoints.toArray(Endpoint[]::new));
  }

  private FailoverGroupBuilder<String> builder(int endpoints) {
    return FailoverGroup.<String>builder("g")
        .line(line("l", endpoints("e", endpoints)))
        .ticker(ticker)
        .health(health);
  }

  private static Map<String, Integer> counts(FailoverGroup<String> group, int picks) {
    var counts = new HashMap<String, Integer>();
    for (int i = 0; i < picks; i++) {
      counts.merge(requireNonNull(group.pick(new SelectContext())).id(), 1, Integer::sum);
    }
    return counts;
  }

  /** Runs the task on several threads concurrently. */
  private static <R> List<R> atOnce(Callable<R> task) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      var barrier = new CyclicBarrier(THREADS);
      var running = new ArrayList<Future<R>>();
      for (int i = 0; i < THREADS; i++) {
        running.add(
            threads.submit(() -> {
              barrier.await();
              return task.call();
            }));
      }
      var results = new ArrayList<R>();
      for (Future<R> each : running) {
        results.add(each.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }

  @DisplayName("R-23: busy endpoints are not treated as failed")
  @Test
  void busyEndpoints_areNotTreatedAsFailed() {
    FailoverGroup<String> group =
        builder(4).endpoints(EndpointPolicy.builder().maxFails(3).build()).build();
    for (int dead = 0; dead < 3; dead++) {
      health.set("e" + dead, Health.UNHEALTHY);
    }
    for (int i = 0; i < 1_000; i++) {
      Lease<String> lease = requireNonNull(group.select(new SelectContext()));
      assertThat(lease.payload()).isEqualTo("e3");
      lease.end(Outcome.REJECTED_REMOTE, 503);
    }
    assertThat(endpoint(group, "e3").state()).isEqualTo(EndpointStatus.AVAILABLE);
    for (int i = 0; i < 100; i++) { // if it does fail, no better endpoint is left
      requireNonNull(group.select(new SelectContext())).end(Outcome.TIMEOUT, 0);
    }
    assertThat(counts(group, 100)).containsKey("e3");
  }

  private static EndpointView endpoint(FailoverGroup<String> group, String id) {
    return group.snapshot().lines().get(0).endpoints().stream()
        .filter(view -> view.id().equals(id))
        .findFirst()
        .orElseThrow();
  }

  @DisplayName("R-25: a health change is visible to all threads immediately")
  @Test
  void health_isVisibleToAllThreads() throws Exception {
    FailoverGroup<String> group = builder(3).build();
    for (int round = 0; round < 50; round++) {
      String down = "e" + round % 3;
      health.allHealthy();
      counts(group, 10);
      health.set(down, Health.UNHEALTHY);
      for (Map<String, Integer> seen : atOnce(() -> counts(group, 50))) {
        assertThat(seen).as("round %d", round).doesNotContainKey(down);
      }
    }
  }

  @DisplayName("R-28: an update is visible to all threads with the next pick")
  @Test
  void update_isVisibleToAllThreads() throws Exception {
    FailoverGroup<String> group = builder(3).build();
    for (int round = 0; round < 50; round++) {
      Set<String> now = Set.of("r" + round + "-0", "r" + round + "-1");
      group.update(List.of(line("l", endpoints("r" + round + "-", 2))));
      for (Map<String, Integer> seen : atOnce(() -> counts(group, 50))) {
        assertThat(now).containsAll(seen.keySet());
      }
    }
  }

  @DisplayName("R-43: slow start of an endpoint is independent of others that join")
  @Test
  void slowStart_isIndependentPerEndpoint() {
    FailoverGroup<String> group =
        builder(1)
            .seed(1)
            .balancer(Balancer.weightedRandom())
            .endpoints(EndpointPolicy.builder().slowStart(Duration.ofSeconds(60)).build())
            .build();
    ticker.advance(Duration.ofSeconds(100));
    group.update(List.of(line("l", endpoints("e", 2))));
    ticker.advance(Duration.ofSeconds(30));
    group.update(List.of(line("l", endpoints("e", 3)))); // e2 joins while e1 is half warm
    Map<String, Integer> counts = counts(group, 20_000);
    double whole = counts.getOrDefault("e0", 0);
    assertThat(counts.getOrDefault("e1", 0) / whole).isCloseTo(0.5, within(0.08));
    assertThat(counts.getOrDefault("e2", 0) / whole).isCloseTo(0.1, within(0.06));
    ticker.advance(Duration.ofSeconds(31));
    counts = counts(group, 20_000);
    whole = counts.getOrDefault("e0", 0);
    assertThat(counts.getOrDefault("e1", 0) / whole).isCloseTo(1, within(0.08));
    assertThat(counts.getOrDefault("e2", 0) / whole).isCloseTo(0.55, within(0.1));
  }

  @DisplayName("R-54: a retried request is counted once per endpoint")
  @Test
  void retriedRequest_isCountedOncePerEndpoint() {
    FailoverGroup<String> group =
        builder(3).balancer(Balancer.peakEwma(Duration.ofSeconds(10))).build();
    var spent = new HashMap<String, Duration>();
    Attempts<String> attempts = group.begin(true);
    for (int attempt = 1; attempt <= 3; attempt++) {
      Lease<String> lease = requireNonNull(attempts.next());
      Duration time = Duration.ofMillis(100L * attempt);
      spent.put(lease.payload(), time);
      ticker.advance(time);
      lease.end(attempt < 3 ? Outcome.FAILURE : Outcome.SUCCESS, 0);
      lease.close();
    }
    assertThat(spent).hasSize(3);
    int failures = 0;
    for (EndpointView view : group.snapshot().lines().get(0).endpoints()) {
      assertThat(view.successes() + view.failures()).as(view.id()).isEqualTo(1);
      failures += (int) view.failures();
      double expected = (double) requireNonNull(spent.get(view.id())).toNanos();
      if (view.successes() == 1) {
        assertThat((double) view.traffic().p50Nanos()).isCloseTo(expected, within(expected * 0.1));
      }
    }
    assertThat(failures).isEqualTo(2);
  }

  @DisplayName("R-63: a half-open breaker limits concurrent trials across threads")
  @Test
  void halfOpen_limitsConcurrentTrials() throws Exception {
    for (int round = 0; round < 200; round++) {
      CircuitBreaker breaker =
          CircuitBreaker.builder()
              .name("b")
              .ticker(ticker)
              .consecutiveFailures(1)
              .openFor(Duration.ofSeconds(1), Duration.ofSeconds(1))
              .halfOpen(3, Duration.ofSeconds(60))
              .build();
      breaker.report(breaker.tryAcquire(), Outcome.FAILURE, 1);
      ticker.advance(Duration.ofSeconds(3));
      var admitted = new CountDownLatch(1_000);
      atOnce(() -> {
        for (int i = 0; i < 8; i++) {
          if (breaker.tryAcquire() != CircuitBreaker.REJECTED) {
            admitted.countDown();
          }
        }
        return null;
      });
      assertThat(1_000 - admitted.getCount()).as("round %d", round).isEqualTo(3);
    }
  }

  @DisplayName("R-94: selection without endpoints returns null or fails with NoEndpointException")
  @Test
  void select_withoutEndpoints_returnsNull() throws Exception {
    FailoverGroup<String> group =
        FailoverGroup.<String>builder("g")
            .lines(LinePolicy.builder().allowEmpty().build())
            .ticker(ticker)
            .build();
    assertThat(group.pick(new SelectContext())).isNull();
    assertThat(group.select(new SelectContext())).isNull();
    assertThat(group.begin(true).next()).isNull();
    assertThatThrownBy(() -> group.execute(true, Lease::payload))
        .isInstanceOf(NoEndpointException.class);
    group.update(List.of(line("l", endpoints("e", 1))));
    String payload = group.execute(true, Lease::payload);
    assertThat(payload).isEqualTo("e0");
  }

  @DisplayName("Seed: two groups with the same seed and use make the same choices")
  @Test
  void seed_reproducesAllChoices() throws Exception {
    for (Balancer balancer :
        List.of(
            Balancer.smoothWeighted(),
            Balancer.weightedRandom(),
            Balancer.leastRequest(2),
            Balancer.peakEwma(Duration.ofSeconds(10)))) {
      var different = new HashSet<List<String>>();
      for (int seed = 40; seed < 50; seed++) {
        List<String> choices = choices(balancer, seed);
        assertThat(choices(balancer, seed)).isEqualTo(choices);
        different.add(choices);
      }
      assertThat(different).hasSizeGreaterThan(2);
    }
  }

  /** Runs on a new thread, whose id differs each time. */
  private List<String> choices(Balancer balancer, long seed) throws InterruptedException {
    var chosen = new ArrayList<String>();
    var thread =
        new Thread(() -> {
          FailoverGroup<String> group = builder(7).balancer(balancer).seed(seed).build();
          for (int i = 0; i < 200; i++) {
            try (Lease<String> lease = requireNonNull(group.select(new SelectContext()))) {
              chosen.add(lease.payload());
            }
          }
        });
    thread.start();
    thread.join();
    return chosen;
  }
}
