// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static io.gatewaykit.healthcheck.VirtualNetwork.FAILED;
import static io.gatewaykit.healthcheck.VirtualNetwork.PASSED;
import static io.gatewaykit.healthcheck.VirtualNetwork.SILENT;
import static io.gatewaykit.healthcheck.VirtualNetwork.targets;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.healthcheck.internal.engine.ProbeSlots;
import io.gatewaykit.healthcheck.internal.engine.Schedule;
import io.gatewaykit.healthcheck.internal.verdict.PackedVerdict;
import io.gatewaykit.healthcheck.internal.verdict.Report;
import io.gatewaykit.healthcheck.state.TargetState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The schedule of probes, in virtual time. */
@Timeout(120)
class ScheduleTest {
  private static final long SECOND = 1_000_000_000;
  private static final Duration ROUND = Duration.ofSeconds(1);

  private static List<Long> gaps(List<Long> times) {
    var gaps = new ArrayList<Long>();
    for (int i = 1; i < times.size(); i++) {
      gaps.add(times.get(i) - times.get(i - 1));
    }
    return gaps;
  }

  private static List<Long> asked(VirtualNetwork network, String id) {
    return requireNonNull(network.asked.get(id), id);
  }

  @DisplayName("T20, T25: many targets, are spread from the first second on")
  @Test
  void manyTargets_areSpreadFromTheFirstSecondOn() {
    try (var network = new VirtualNetwork();
        var checker = network.checker().schedule(ProbeSchedule.every(ROUND)).build()) {
      checker.setTargets(targets(5_000));
      network.pass(Duration.ofSeconds(20));
      assertThat(network.asked).hasSize(5_000);
      long[] perTick = new long[100];
      long[] firstRound = new long[100];
      network.asked.forEach((id, times) -> {
        firstRound[(int) Math.min(99, times.get(0) / 10_000_000)]++;
        times.forEach(time -> perTick[(int) (time % SECOND / 10_000_000)]++);
      });
      for (int i = 0; i < 100; i++) {
        assertThat(firstRound[i]).as("first probes within 10 ms").isLessThan(150); // mean 50
        assertThat(perTick[i]).as("probes within 10 ms of 20 rounds").isBetween(700L, 1_300L);
      }
    }
  }

  @DisplayName("T20: two engines do not probe in step")
  @Test
  void twoEngines_doNotProbeInStep() {
    try (var one = new VirtualNetwork(0, 1, 100);
        var two = new VirtualNetwork(0, 2, 100);
        var a = one.checker().schedule(ProbeSchedule.every(ROUND)).build();
        var b = two.checker().schedule(ProbeSchedule.every(ROUND)).build()) {
      a.setTargets(targets(100));
      b.setTargets(targets(100));
      one.pass(Duration.ofSeconds(2));
      two.pass(Duration.ofSeconds(2));
      long same =
          one.asked.entrySet().stream()
              .filter(each -> each.getValue().get(0).equals(asked(two, each.getKey()).get(0)))
              .count();
      assertThat(same).isLessThan(5);
    }
  }

  @DisplayName("T22, T24: the period neither drifts nor overlaps")
  @Test
  void period_neitherDriftsNorOverlaps() {
    try (var network = new VirtualNetwork();
        var checker =
            network
                .checker()
                .schedule(ProbeSchedule.builder().interval(ROUND).jitter(0.1).build())
                .build()) {
      network.latency = Duration.ofMillis(300);
      checker.setTargets(targets(1));
      network.pass(Duration.ofSeconds(500));
      List<Long> times = asked(network, "t0");
      double mean = (times.get(times.size() - 1) - times.get(0)) / (times.size() - 1.0);
      assertThat(mean).isBetween(0.995 * SECOND, 1.005 * SECOND);
      assertThat(gaps(times))
          .allSatisfy(gap -> assertThat(gap).isBetween(700_000_000L, 1_300_000_000L));
      assertThat(network.twiceAtOnce).isZero();
    }
  }

  @DisplayName("T23: targets that hang, do not delay others")
  @Test
  void targetsThatHang_doNotDelayOthers() {
    try (var network = new VirtualNetwork();
        var checker =
            network
                .checker()
                .schedule(ProbeSchedule.builder().interval(ROUND).timeout(ROUND).jitter(0).build())
                .active(ActiveRules.builder().massFailureShare(0).build())
                .build()) {
      network.answers =
          target -> Integer.parseInt(target.id().substring(1)) < 100 ? SILENT : PASSED;
      checker.setTargets(targets(1_000));
      network.pass(Duration.ofSeconds(30));
      for (int i = 100; i < 1_000; i++) {
        List<Long> times = asked(network, "t" + i);
        double mean = (times.get(times.size() - 1) - times.get(0)) / (times.size() - 1.0);
        assertThat(mean).isBetween(0.99 * SECOND, 1.01 * SECOND);
      }
      for (int i = 0; i < 100; i++) {
        assertThat(requireNonNull(checker.target("t" + i)).state())
            .isEqualTo(TargetState.UNHEALTHY);
      }
    }
  }

  /** The worst case of a hanging target: interval, two suspicion rounds, and the last timeout. */
  @Test
  void hangingTarget_isDownWithinTheBound() {
    try (var network = new VirtualNetwork();
        var checker =
            network
                .checker()
                .schedule(
                    ProbeSchedule.builder()
                        .interval(ROUND)
                        .timeout(ROUND)
                        .suspectInterval(ROUND)
                        .build())
                .build()) {
      checker.setTargets(targets(1));
      network.pass(Duration.ofSeconds(5));
      network.answers = target -> SILENT;
      long began = network.ticker.read();
      while (requireNonNull(checker.target("t0")).isAvailable() && !checker.isPanicking()) {
        network.pass(Duration.ofMillis(5));
      }
      assertThat(network.ticker.read() - began).isLessThan(4_300_000_000L);
    }
  }

  @DisplayName("T21, T22: probes slower than the interval do not accumulate")
  @Test
  void probesSlowerThanTheInterval_neverPileUp() {
    try (var network = new VirtualNetwork(0, 1, 50);
        var checker =
            network
                .checker()
                .schedule(ProbeSchedule.builder().interval(ROUND).timeout(ROUND).build())
                .active(ActiveRules.builder().massFailureShare(0).build())
                .build()) {
      network.answers = target -> SILENT;
      checker.setTargets(targets(400));
      network.pass(Duration.ofSeconds(60));
      assertThat(network.mostInFlight).isLessThanOrEqualTo(50);
      assertThat(network.loop.slots().waiting()).isLessThanOrEqualTo(400);
      assertThat(network.twiceAtOnce).isZero();
      assertThat(network.asked).as("all get their turn").hasSize(400);
    }
  }

  @Test
  void addressLimit_holdsForAllPortsOfAHost() {
    try (var network = new VirtualNetwork()) {
      var slots = new ProbeSlots(10, 5, 2);
      var address = slots.register(VirtualNetwork.target(1).address().getAddress());
      var started = new int[1];
      for (int i = 0; i < 5; i++) {
        slots.acquire(() -> started[0]++, address, false);
      }
      assertThat(started[0]).isEqualTo(2);
      slots.release(address, false);
      slots.drainQueue();
      assertThat(started[0]).isEqualTo(3);
      assertThat(slots.waiting()).isEqualTo(2);
      slots.unregister(address);
      assertThat(slots.addresses()).isZero();
      assertThat(network.open).isZero();
    }
  }

  /** After an hour of suspension, no verdict changes and no missed probe is made up for. */
  @DisplayName("T31: a clock jump causes no burst and no verdicts")
  @Test
  void clockThatJumps_leadsToNoBurstAndNoVerdicts() {
    var notices = new ArrayList<String>();
    try (var network = new VirtualNetwork();
        var checker =
            network
                .checker()
                .schedule(ProbeSchedule.every(ROUND))
                .listener(
                    new HealthListener() {
                      @Override
                      public void onNotice(HealthEvent event) {
                        notices.add(event.cause());
                      }
                    })
                .build()) {
      network.latency = Duration.ofMillis(100);
      checker.setTargets(targets(1_000));
      network.pass(Duration.ofSeconds(10));
      network.asked.clear();
      network.jump(Duration.ofHours(1));
      long atOnce = network.asked.values().stream().mapToLong(List::size).sum();
      assertThat(atOnce).as("probes sent in the moment after").isLessThan(30);
      network.pass(Duration.ofSeconds(1).plusMillis(200));
      assertThat(network.asked.values())
          .allSatisfy(times -> assertThat(times).hasSizeBetween(1, 2));
      assertThat(checker.snapshot().targets())
          .extracting(view -> view.state())
          .containsOnly(TargetState.HEALTHY);
      assertThat(notices).isNotEmpty().first().asString().startsWith("probe thread stalled for");
    }
  }

  @DisplayName("T27: idle targets, are probed seldom, and at once when traffic comes")
  @Test
  void idleTargets_areProbedSeldom_andImmediatelyOnTraffic() {
    try (var network = new VirtualNetwork();
        var checker =
            network
                .checker()
                .schedule(
                    ProbeSchedule.builder()
                        .interval(ROUND)
                        .idleInterval(Duration.ofMinutes(1))
                        .jitter(0)
                        .build())
                .build()) {
      checker.setTargets(targets(1));
      network.pass(Duration.ofSeconds(30));
      assertThat(asked(network, "t0")).hasSize(1);
      requireNonNull(checker.target("t0")).reportSuccess();
      network.settle();
      assertThat(asked(network, "t0")).hasSize(2);
      network.pass(Duration.ofSeconds(10));
      assertThat(asked(network, "t0")).hasSizeBetween(11, 13);
    }
  }

  /** The intervals of Envoy's test: result, state after it, delay until the next probe. */
  @Test
  void intervals_followEnvoysTable() {
    var schedule = new Schedule(SECOND, 3 * SECOND, 4 * SECOND, 2 * SECOND, 5 * SECOND, SECOND, 0);
    var word = new PackedVerdict(Thresholds.riseFall(3, 3).rules().initial(TargetState.CHECKING));
    List<String> script =
        List.of(
            "200 5", "200 1", "200 1", "503 2", "503 2", "503 2", "200 4", "200 4", "200 1",
            "200 1", "out 3", "out 3", "out 2", "out 2", "200 4", "200 4", "200 1");
    boolean traffic = false;
    for (String step : script) {
      switch (step.substring(0, 3)) {
        case "200" -> word.decide(Thresholds.riseFall(3, 3).rules(), Report.SUCCESS, true);
        case "503" -> word.settle(TargetState.UNHEALTHY); // neither expected nor retriable
        default -> word.decide(Thresholds.riseFall(3, 3).rules(), Report.TIMEOUT, true);
      }
      assertThat(schedule.intervalIn(word.state(), traffic) / SECOND)
          .as("%s in %s", step, script)
          .isEqualTo(Long.parseLong(step.substring(4)));
      traffic = true;
    }
  }

  @Test
  void suspicion_probesNow_butNotInAStorm() {
    try (var network = new VirtualNetwork();
        var checker =
            network
                .checker()
                .schedule(
                    ProbeSchedule.builder()
                        .interval(Duration.ofSeconds(10))
                        .suspectInterval(Duration.ofMillis(250))
                        .jitter(0)
                        .build())
                .passive(PassiveRules.builder().suspicion(Suspicion.PROBE).build())
                .build()) {
      checker.setTargets(targets(1));
      network.pass(Duration.ofSeconds(12));
      int before = asked(network, "t0").size();
      for (int i = 0; i < 200; i++) {
        requireNonNull(checker.target("t0")).reportTimeout();
        network.pass(Duration.ofMillis(5));
      }
      assertThat(asked(network, "t0").size() - before).isBetween(4, 5); // in one second
      assertThat(requireNonNull(checker.target("t0")).state()).isEqualTo(TargetState.HEALTHY);
      network.answers = target -> FAILED;
      for (int i = 0; i < 200; i++) {
        requireNonNull(checker.target("t0")).reportTimeout();
        network.pass(Duration.ofMillis(5));
      }
      assertThat(requireNonNull(checker.target("t0")).state()).isEqualTo(TargetState.UNHEALTHY);
    }
  }

  @DisplayName("T16: an overflow of the clock has no effect")
  @Test
  void clockAboutToWrap_changesNothing() {
    try (var network = new VirtualNetwork(Long.MAX_VALUE - 3 * SECOND, 1, 10);
        var checker =
            network
                .checker()
                .schedule(ProbeSchedule.builder().interval(ROUND).jitter(0).build())
                .build()) {
      checker.setTargets(targets(3));
      network.pass(Duration.ofSeconds(10));
      for (Map.Entry<String, List<Long>> each : network.asked.entrySet()) {
        assertThat(gaps(each.getValue()))
            .isNotEmpty()
            .allMatch(gap -> Math.abs(gap - SECOND) < 10_000_000);
      }
    }
  }
}
