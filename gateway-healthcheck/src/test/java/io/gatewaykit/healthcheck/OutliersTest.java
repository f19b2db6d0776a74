// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.healthcheck.state.TargetState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ejections, with the figures of the tests of Envoy, gRPC and ServiceTalk. */
@Timeout(60)
class OutliersTest {
  private static final Duration SWEEP = Duration.ofSeconds(10);
  private final VirtualNetwork network = new VirtualNetwork();
  private final List<String> events = new ArrayList<>();

  @AfterEach
  void close() {
    network.close();
  }

  private HealthChecker checker(Outliers.Builder outliers, int targets) {
    HealthChecker checker =
        network
            .outlierChecker(outliers.build())
            .listener(
                new HealthListener() {
                  @Override
                  public void onEvent(HealthEvent event) {
                    boolean told = event.kind() == HealthEvent.Kind.NOTICE;
                    if (told || event.to() == TargetState.EJECTED) {
                      events.add(event.targetId() + " " + event.cause());
                    }
                  }
                })
            .build();
    checker.setTargets(VirtualNetwork.targets(targets));
    network.settle();
    return checker;
  }

  private static TargetHandle target(HealthChecker checker, int number) {
    return requireNonNull(checker.target("t" + number));
  }

  private static void report(HealthChecker checker, int number, int good, int bad) {
    for (int i = 0; i < good; i++) {
      target(checker, number).reportSuccess();
    }
    for (int i = 0; i < bad; i++) {
      target(checker, number).reportStatus(500);
    }
  }

  private long ejected(HealthChecker checker) {
    network.settle();
    return checker.snapshot().targets().stream()
        .filter(view -> view.state() == TargetState.EJECTED)
        .count();
  }

  /** The maximum number of ejections, as in each of the originals. */
  @DisplayName("T17: the cap is that of the original")
  @ParameterizedTest
  @CsvSource({
    "1, 10, 0, 1, 1",
    "5, 10, 0, 1, 1",
    "10, 10, 1, 1, 1",
    "5, 30, 1, 1, 2",
    "3, 50, 1, 1, 2",
    "10, 35, 3, 3, 4",
    "5, 0, 0, 1, 0"
  })
  void cap_isThatOfTheOriginal(int targets, int percent, int envoy, int atLeastOne, int grpc) {
    double share = percent / 100.0;
    assertThat(most(Outliers.Cap.ENVOY, share, targets)).isEqualTo(envoy);
    assertThat(most(Outliers.Cap.AT_LEAST_ONE, share, targets)).isEqualTo(atLeastOne);
    assertThat(most(Outliers.Cap.GRPC, share, targets)).isEqualTo(grpc);
  }

  private static int most(Outliers.Cap cap, double share, int targets) {
    int out = 0;
    while (out < targets && Outliers.mayEject(cap, share, targets, out)) {
      out++;
    }
    return out;
  }

  /** The fixtures of gRPC A50: five endpoints, twenty calls each; one endpoint fails. */
  @ParameterizedTest
  @CsvSource({
    "successRate, 3, 10, 20, 1", "failurePercentage, 3, 10, 20, 1", "successRate, 3, 20, 19, 0",
    "failurePercentage, 3, 20, 19, 0", "successRate, 6, 10, 20, 0",
        "failurePercentage, 6, 10, 20, 0"
  })
  void oneFailingEndpoint_isFoundIfThereIsEnoughToCompare(
      String detector, int minTargets, int minRequests, int calls, int expected) {
    Outliers.Builder outliers =
        Outliers.builder().volume(minTargets, minRequests).cap(0.5, Outliers.Cap.GRPC);
    if (detector.equals("successRate")) {
      outliers.successRate(1);
    } else {
      outliers.failurePercentage(50);
    }
    try (var checker = checker(outliers, 5)) {
      for (int i = 0; i < 4; i++) {
        report(checker, i, calls, 0);
      }
      report(checker, 4, 0, calls);
      network.pass(SWEEP);
      assertThat(ejected(checker)).isEqualTo(expected);
    }
  }

  @DisplayName("T07, T08: both detectors on one target, eject it once")
  @Test
  void bothDetectorsOnOneTarget_ejectItOnce() {
    try (var checker =
        checker(Outliers.builder().successRate(1).failurePercentage(50).volume(3, 10), 5)) {
      for (int i = 0; i < 4; i++) {
        report(checker, i, 20, 0);
      }
      report(checker, 4, 0, 20);
      network.pass(SWEEP);
      assertThat(ejected(checker)).isEqualTo(1);
      assertThat(events).hasSize(1);
      network.pass(Duration.ofSeconds(29));
      assertThat(ejected(checker)).isEqualTo(1);
      network.pass(Duration.ofSeconds(2));
      assertThat(ejected(checker)).as("out for one base time, not two").isZero();
    }
  }

  @DisplayName("T10: idle target, is neither judged nor in the mean")
  @Test
  void idleTarget_isNeitherJudgedNorInTheMean() {
    try (var checker = checker(Outliers.builder().successRate(1).volume(3, 10), 6)) {
      for (int i = 0; i < 5; i++) {
        report(checker, i, 100, 0);
      }
      report(checker, 5, 0, 5);
      network.pass(SWEEP);
      assertThat(ejected(checker)).isZero();
    }
  }

  @DisplayName("T13, T14: consecutive failures eject immediately, and restart after release")
  @Test
  void consecutiveFailures_ejectImmediately_andRestartAfterRelease() {
    try (var checker = checker(Outliers.builder().consecutiveFailures(5), 3)) {
      report(checker, 0, 0, 4);
      report(checker, 0, 1, 4);
      assertThat(ejected(checker)).isZero();
      report(checker, 0, 0, 1);
      assertThat(ejected(checker)).isEqualTo(1);
      report(checker, 0, 0, 100); // stragglers
      network.pass(Duration.ofSeconds(30));
      assertThat(ejected(checker)).as("released when its time is up, not at a sweep").isZero();
      report(checker, 0, 0, 4);
      assertThat(ejected(checker)).isZero();
      report(checker, 0, 0, 1);
      assertThat(ejected(checker)).isEqualTo(1);
      network.pass(Duration.ofSeconds(59));
      assertThat(ejected(checker)).as("twice as long the second time").isEqualTo(1);
      network.pass(Duration.ofSeconds(1));
      assertThat(ejected(checker)).isZero();
    }
  }

  /** From Envoy: a plain 500 resets the consecutive gateway failures, but not the other counter. */
  @ParameterizedTest
  @CsvSource({
    "5, 0, 503 500 503 503 503 503 503, 5",
    "0, 5, 503 500 503 503 503 503 503, 7",
    "0, 3, 502 504 200 503 503 504, 6",
    "0, 3, 502 503 501 504 504, 0",
    "5, 5, 500 503 503 503 503, 5"
  })
  void rows_areEnvoys(int failures, int gatewayFailures, String statuses, int ejectedAt) {
    Outliers.Builder outliers =
        Outliers.builder()
            .consecutiveFailures(failures)
            .consecutiveGatewayFailures(gatewayFailures);
    try (var checker = checker(outliers, 3)) {
      int sent = 0;
      int at = 0;
      for (String status : statuses.split(" ", -1)) {
        sent++;
        target(checker, 0).reportStatus(Integer.parseInt(status));
        at = at == 0 && target(checker, 0).state() == TargetState.EJECTED ? sent : at;
      }
      assertThat(at).isEqualTo(ejectedAt);
    }
  }

  @Test
  void noConnectionAndNoResponse_areGatewayFailures() {
    try (var checker = checker(Outliers.builder().consecutiveGatewayFailures(3), 3)) {
      target(checker, 0).reportTcpFailure();
      target(checker, 0).reportTimeout();
      checker.report("t0", Outcome.FAILURE, 0, 1); // without a status it can be any failure
      target(checker, 0).reportTcpFailure();
      target(checker, 0).reportTimeout();
      assertThat(ejected(checker)).isZero();
      checker.report("t0", Outcome.FAILURE, 502, 1);
      assertThat(ejected(checker)).isEqualTo(1);
    }
  }

  /** In ServiceTalk, the first detector once consumed the counts that the other required. */
  @DisplayName("T09: two detectors use the same counts, and the multiplier decays once per sweep")
  @ParameterizedTest
  @CsvSource({"1, 100", "100, 50", "1, 50"})
  void twoDetectors_seeTheSameCounts(double factor, int percent) {
    Duration base = Duration.ofSeconds(12);
    Outliers.Builder outliers =
        Outliers.builder()
            .failurePercentage(percent)
            .successRate(factor)
            .volume(3, 10)
            .ejection(base, Duration.ofMinutes(5), Duration.ZERO);
    try (var checker = checker(outliers, 5)) {
      assertThat(secondsOutBySweep(checker)).isEqualTo(12);
      assertThat(secondsOutBySweep(checker)).isEqualTo(24);
      // past the next sweep; the one after it is the healthy one
      network.pass(Duration.ofSeconds(7));
      assertThat(secondsOutBySweep(checker)).as("one step was taken back").isEqualTo(24);
    }
  }

  private long secondsOutBySweep(HealthChecker checker) {
    for (int i = 0; i < 4; i++) {
      report(checker, i, 20, 0);
    }
    report(checker, 4, 5, 15);
    long waited = network.ticker.read();
    while (target(checker, 4).state() != TargetState.EJECTED) {
      network.pass(Duration.ofMillis(5));
      assertThat(network.ticker.read() - waited).isLessThan(11_000_000_000L);
    }
    return secondsUntilBack(target(checker, 4));
  }

  /** From ServiceTalk: ejections of 1, 2 and 3 s and a healthy round are followed by 3 s, not 4. */
  @Test
  void growth_isRevertedStepByStep() {
    Outliers.Builder outliers =
        Outliers.builder()
            .consecutiveFailures(1)
            .interval(Duration.ofSeconds(1))
            .ejection(Duration.ofSeconds(1), Duration.ofMinutes(1), Duration.ZERO);
    try (var checker = checker(outliers, 3)) {
      for (int seconds = 1; seconds <= 3; seconds++) {
        assertThat(secondsOut(checker)).isEqualTo(seconds);
      }
      network.pass(Duration.ofMillis(1_100)); // one healthy round
      assertThat(secondsOut(checker)).isEqualTo(3);
    }
  }

  private long secondsOut(HealthChecker checker) {
    report(checker, 0, 0, 1);
    assertThat(target(checker, 0).state()).isEqualTo(TargetState.EJECTED);
    return secondsUntilBack(target(checker, 0));
  }

  private long secondsUntilBack(TargetHandle target) {
    long from = network.ticker.read();
    while (target.state() == TargetState.EJECTED) {
      network.pass(Duration.ofMillis(5));
    }
    return Math.round((network.ticker.read() - from) / 1e9);
  }

  @DisplayName("T17, T89: last available target, is never ejected")
  @Test
  void lastAvailableTarget_isNeverEjected() {
    for (Outliers.Cap cap : Outliers.Cap.values()) {
      try (var checker = checker(Outliers.builder().consecutiveFailures(1).cap(1, cap), 3)) {
        for (int i = 0; i < 3; i++) {
          report(checker, i, 0, 10);
        }
        assertThat(ejected(checker)).isEqualTo(2);
      }
    }
  }

  @Test
  void dryRun_onlyPublishesANotice() {
    try (var checker = checker(Outliers.builder().consecutiveFailures(3).enforce(0), 3)) {
      report(checker, 1, 0, 3);
      assertThat(ejected(checker)).isZero();
      assertThat(events).containsExactly(" dry run: would eject target t1: 3 consecutive failures");
    }
  }

  @DisplayName("T12: the enforced share is that of the setting")
  @Test
  void enforcedShare_isThatOfTheSetting() {
    try (var checker =
        checker(
            Outliers.builder().consecutiveFailures(1).enforce(50).cap(1, Outliers.Cap.AT_LEAST_ONE),
            1_001)) {
      for (int i = 0; i < 1_000; i++) {
        report(checker, i, 0, 1);
      }
      assertThat(ejected(checker)).isBetween(452L, 548L); // three standard deviations
    }
  }

  @Test
  void slowTarget_isFoundByLatency() {
    try (var checker = checker(Outliers.builder().latency(3).volume(3, 10), 5)) {
      for (int i = 0; i < 5; i++) {
        TargetHandle handle = target(checker, i);
        for (int call = 0; call < 20; call++) {
          handle.end(handle.begin(), Outcome.SUCCESS, (i == 2 ? 400 : 100) * 1_000_000L);
        }
      }
      network.pass(SWEEP);
      assertThat(ejected(checker)).isEqualTo(1);
      assertThat(target(checker, 2).state()).isEqualTo(TargetState.EJECTED);
      assertThat(events.get(0)).startsWith("t2 p90 latency");
    }
  }

  @DisplayName("T15: a passing probe ends an ejection only if enabled")
  @Test
  void passingProbe_releasesOnlyIfItMay() {
    for (boolean may : new boolean[] {false, true}) {
      Outliers.Builder outliers = Outliers.builder().consecutiveFailures(1);
      if (may) {
        outliers.probeMayRelease();
      }
      try (var checker =
          network
              .checker()
              .schedule(ProbeSchedule.every(Duration.ofSeconds(1)))
              .passive(PassiveRules.of(Thresholds.off()))
              .outliers(outliers.build())
              .build()) {
        checker.setTargets(VirtualNetwork.targets(3));
        network.pass(Duration.ofSeconds(2));
        report(checker, 0, 0, 1);
        network.pass(Duration.ofSeconds(2));
        assertThat(target(checker, 0).isAvailable()).isEqualTo(may);
      }
    }
  }

  @Test
  void badSettings_areRejectedByName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Outliers.builder().failurePercentage(101))
        .withMessage("failurePercentage: 101 (expected: 0..100)");
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            Outliers.builder()
                .ejection(Duration.ofSeconds(2), Duration.ofSeconds(1), Duration.ZERO))
        .withMessage("max: PT1S (expected: at least base, PT2S)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Outliers.builder().interval(Duration.ZERO))
        .withMessage("interval: PT0S (expected: 1 ms to 24 h)");
  }
}
