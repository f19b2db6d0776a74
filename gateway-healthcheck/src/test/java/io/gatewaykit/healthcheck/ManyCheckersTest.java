// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.healthcheck.state.TargetState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many checkers on one engine, concurrent and consecutive. */
@Timeout(180)
class ManyCheckersTest {
  private static final Duration ROUND = Duration.ofSeconds(1);

  @DisplayName("T28: 2,500 checkers of four targets share one engine, and all are served")
  @Test
  void manyCheckers_areAllServed() {
    try (var network = new VirtualNetwork()) {
      var checkers = new ArrayList<HealthChecker>();
      for (int i = 0; i < 2_500; i++) {
        HealthChecker checker =
            network
                .checker()
                .schedule(ProbeSchedule.builder().interval(ROUND).jitter(0).build())
                .build();
        var targets = new ArrayList<Target>();
        for (int j = 0; j < 4; j++) {
          targets.add(VirtualNetwork.target(4 * i + j));
        }
        checker.setTargets(targets);
        checkers.add(checker);
      }
      network.pass(ROUND.multipliedBy(5));
      assertThat(network.asked).hasSize(10_000);
      assertThat(network.asked.values())
          .allSatisfy(times -> assertThat(times).hasSizeBetween(4, 6));
      assertThat(network.twiceAtOnce).isZero();
      checkers.forEach(HealthChecker::close);
      network.settle();
      assertThat(network.loop.wheel().size()).isZero();
      assertThat(network.loop.slots().addresses()).isZero();
      assertThat(network.open).isZero();
    }
  }

  @DisplayName(
      "T63: a thousand checkers, each with an engine, leave no thread, descriptor or callback")
  @Test
  void createdAndClosed_leavesNoState() throws IOException {
    Path descriptors = Path.of("/proc/self/fd");
    Assumptions.assumeTrue(Files.isDirectory(descriptors), "needs Linux's /proc");
    try (var server = new AnsweringServer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) {
      cycle(server, 20); // warm-up: loads classes
      int threads = ownThreads();
      long open = count(descriptors);
      cycle(server, 1_000);
      // helper threads terminate shortly after the close
      await().until(() -> ownThreads() <= threads);
      await().until(() -> count(descriptors) <= open + 20); // the server closes its side later
    }
  }

  private static void cycle(AnsweringServer server, int times) {
    for (int i = 0; i < times; i++) {
      var closed = new boolean[1];
      var late = new AtomicInteger();
      HealthListener listener =
          new HealthListener() {
            @Override
            public void onEvent(HealthEvent event) {
              synchronized (closed) {
                late.addAndGet(closed[0] ? 1 : 0);
              }
            }
          };
      try (var engine = ProbeEngine.builder().threadName("cycle-probes").build()) {
        HealthChecker checker =
            HealthChecker.builder("cycle")
                .engine(engine)
                .probe(Probe.http("/"))
                .schedule(ProbeSchedule.every(Duration.ofMillis(5)))
                .listener(listener)
                .build();
        checker.setTargets(List.of(new Target("a", server.address())));
        checker.report("a", Outcome.FAILURE, 500, 1);
        checker.close();
        synchronized (closed) {
          closed[0] = true;
        }
        checker.report("a", Outcome.CONNECT_FAILURE, 0, 1);
      }
      assertThat(late).as("heard after close").hasValue(0);
    }
  }

  private static int ownThreads() {
    return (int)
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("cycle-probes"))
            .count();
  }

  private static long count(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.count();
    }
  }

  @DisplayName("T18: checkers with different lists of statuses do not share them")
  @Test
  void statusLists_areOfTheirChecker() {
    try (var network = new VirtualNetwork();
        var strict =
            network
                .checker()
                .passive(
                    PassiveRules.builder()
                        .statuses("200", "404")
                        .suspicion(Suspicion.COUNT)
                        .build())
                .build();
        var usual =
            network
                .checker()
                .passive(PassiveRules.builder().suspicion(Suspicion.COUNT).build())
                .build()) {
      for (HealthChecker checker : List.of(strict, usual)) {
        checker.setTargets(VirtualNetwork.targets(1));
        requireNonNull(checker.target("t0")).reportStatus(404);
      }
      assertThat(strict.snapshot().targets().get(0).passive().httpFailures()).isEqualTo(1);
      assertThat(usual.snapshot().targets().get(0).passive().httpFailures()).isZero();
      assertThat(usual.snapshot().targets().get(0).unclassified()).isEqualTo(1);
    }
  }

  @DisplayName("T29: a million failures leave no timer behind, and their count saturates (T06)")
  @Test
  void millionFailures_leaveNothing() {
    try (var network = new VirtualNetwork();
        var checker =
            HealthChecker.builder("passive")
                .engine(network.engine)
                .passive(
                    PassiveRules.builder()
                        .withoutProbes()
                        .trialAfter(ROUND)
                        .thresholds(Thresholds.riseFall(1, 5))
                        .build())
                .build()) {
      checker.setTargets(VirtualNetwork.targets(1));
      TargetHandle handle = requireNonNull(checker.target("t0"));
      for (int i = 0; i < 1_000_000; i++) {
        handle.reportTcpFailure();
      }
      network.settle();
      assertThat(handle.state()).isEqualTo(TargetState.UNHEALTHY);
      assertThat(network.loop.wheel().size()).as("its trial alone").isLessThanOrEqualTo(1);
      var counts = checker.snapshot().targets().get(0).passive();
      assertThat(counts.successes()).isZero();
      assertThat(counts.timeouts()).isZero();
    }
  }

  @DisplayName("T69: a probe ended by a removal has no result")
  @Test
  void probeCutShort_isNoResult() {
    try (var network = new VirtualNetwork();
        var checker =
            network
                .checker()
                .schedule(ProbeSchedule.every(ROUND))
                .active(ActiveRules.of(Thresholds.riseFall(1, 1)))
                .build()) {
      network.latency = Duration.ofMillis(500);
      network.answers = target -> VirtualNetwork.FAILED;
      for (int i = 0; i < 50; i++) {
        checker.setTargets(VirtualNetwork.targets(5));
        network.pass(Duration.ofMillis(450));
        checker.setTargets(List.of());
        network.settle();
      }
      assertThat(checker.snapshot().totals().probes().values())
          .allSatisfy(probes -> assertThat(probes).isZero());
      assertThat(network.inFlight).isZero();
    }
  }
}
