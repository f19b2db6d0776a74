// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static io.gatewaykit.healthcheck.VirtualNetwork.FAILED;
import static io.gatewaykit.healthcheck.VirtualNetwork.PASSED;
import static io.gatewaykit.healthcheck.VirtualNetwork.REFUSED;
import static io.gatewaykit.healthcheck.VirtualNetwork.targets;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.healthcheck.CheckerSnapshot.TargetView;
import io.gatewaykit.healthcheck.internal.wire.ProbeOutcome;
import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
import io.gatewaykit.healthcheck.state.TargetState;
import io.gatewaykit.healthcheck.status.TextStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** States that result from probes, traffic, overrides and changes of targets, in virtual time. */
@Timeout(60)
class VerdictsTest {
  private static final Duration ROUND = Duration.ofSeconds(1);

  private final VirtualNetwork network = new VirtualNetwork();

  private HealthCheckerBuilder checker() {
    return checker(PassiveRules.builder());
  }

  private HealthCheckerBuilder checker(PassiveRules.Builder passive) {
    return network
        .checker()
        .schedule(ProbeSchedule.builder().interval(ROUND).suspectInterval(ROUND).jitter(0).build())
        .passive(passive.suspicion(Suspicion.COUNT).build())
        .panicBelow(0);
  }

  private static PassiveRules.Builder passive(Thresholds thresholds) {
    return PassiveRules.builder().thresholds(thresholds);
  }

  private static TargetHandle only(HealthChecker checker) {
    return requireNonNull(checker.target("t0"));
  }

  private static TargetView view(HealthChecker checker) {
    return checker.snapshot().targets().get(0);
  }

  private static ProbeOutcome ending(Cause cause) {
    return new ProbeOutcome(cause, 200, cause.toString(), true);
  }

  @Test
  void firstProbe_decidesBothWays() {
    try (var checker = checker().build()) {
      network.answers = target -> target.id().equals("t0") ? FAILED : PASSED;
      checker.setTargets(targets(2));
      assertThat(checker.health("t0")).isEqualTo(Health.UNKNOWN);
      network.pass(ROUND);
      assertThat(checker.health("t0")).isEqualTo(Health.UNHEALTHY);
      assertThat(checker.health("t1")).isEqualTo(Health.HEALTHY);
      assertThat(view(checker).needs()).isEqualTo("2 more passed probes to recover");
    }
  }

  @Test
  void initialStates_requireTheDocumentedReports() {
    for (TargetState initial : List.of(TargetState.MOSTLY_UNHEALTHY, TargetState.UNHEALTHY)) {
      try (var checker = checker().initial(initial).build()) {
        checker.setTargets(targets(1));
        assertThat(only(checker).isAvailable()).isFalse();
        network.pass(ROUND);
        boolean atOnce = initial == TargetState.MOSTLY_UNHEALTHY;
        assertThat(only(checker).isAvailable()).isEqualTo(atOnce);
        network.pass(ROUND);
        assertThat(only(checker).state()).isEqualTo(TargetState.HEALTHY);
      }
    }
    network.answers = target -> FAILED;
    for (TargetState initial : List.of(TargetState.MOSTLY_HEALTHY, TargetState.HEALTHY)) {
      try (var checker = checker().initial(initial).build()) {
        checker.setTargets(targets(1));
        network.pass(ROUND);
        boolean stays = initial == TargetState.HEALTHY;
        assertThat(only(checker).isAvailable()).isEqualTo(stays);
        network.pass(ROUND.multipliedBy(2));
        assertThat(only(checker).isAvailable()).isFalse();
      }
    }
  }

  @DisplayName("T02: only consecutive failures count")
  @Test
  void runsOfFailures_mustBeInARow() {
    try (var checker = checker().build()) {
      checker.setTargets(targets(1));
      network.pass(ROUND);
      for (int i = 0; i < 20; i++) {
        ProbeOutcome next = i % 3 == 2 ? PASSED : FAILED; // never three consecutive failures
        network.answers = target -> next;
        network.pass(ROUND);
        assertThat(only(checker).isAvailable()).isTrue();
      }
      assertThat(only(checker).state()).isEqualTo(TargetState.MOSTLY_HEALTHY);
    }
  }

  @Test
  void targetThatReportsItsState_degradesDrainsOrFailsImmediately() {
    try (var checker = checker().build()) {
      checker.setTargets(targets(1));
      network.pass(ROUND);
      network.answers = target -> ending(Cause.DEGRADED);
      network.pass(ROUND);
      assertThat(only(checker).state()).isEqualTo(TargetState.DEGRADED);
      assertThat(checker.health("t0")).isEqualTo(Health.DEGRADED);
      network.answers = target -> ending(Cause.DRAINING);
      network.pass(ROUND);
      assertThat(checker.health("t0")).isEqualTo(Health.DRAINING);
      network.answers = target -> PASSED;
      network.pass(ROUND);
      assertThat(only(checker).state()).isEqualTo(TargetState.HEALTHY);
      network.answers = target -> ending(Cause.FAIL_NOW);
      network.pass(ROUND);
      assertThat(only(checker).state()).isEqualTo(TargetState.UNHEALTHY);
      assertThat(view(checker).cause()).isEqualTo("FAIL_NOW");
    }
  }

  @Test
  void separateVerdicts_probesDoNotUndoWhatTrafficSaid_aTrialDoes() {
    try (var checker = checker(passive(Thresholds.riseFall(2, 2))).build()) {
      checker.setTargets(targets(1));
      network.pass(ROUND);
      only(checker).reportStatus(500);
      only(checker).reportTimeout();
      assertThat(only(checker).state()).isEqualTo(TargetState.UNHEALTHY);
      network.pass(Duration.ofSeconds(9));
      assertThat(only(checker).state()).isEqualTo(TargetState.UNHEALTHY);
      assertThat(requireNonNull(view(checker).active()).verdict()).isEqualTo(TargetState.HEALTHY);
      network.pass(Duration.ofSeconds(1));
      assertThat(only(checker).state()).isEqualTo(TargetState.CHECKING);
      long trial = only(checker).begin();
      assertThat(only(checker).isAvailable()).as("one trial at a time").isFalse();
      only(checker).end(trial, Outcome.SUCCESS, 1);
      assertThat(only(checker).state()).isEqualTo(TargetState.HEALTHY);
    }
  }

  /** Returns a checker whose only target was taken down by traffic and is due for a trial. */
  private HealthChecker withATrialDue() {
    HealthChecker checker =
        checker(passive(Thresholds.riseFall(1, 1)).trialAfter(Duration.ofSeconds(5))).build();
    checker.setTargets(targets(1));
    network.pass(ROUND);
    only(checker).reportTcpFailure();
    network.pass(Duration.ofSeconds(6));
    return checker;
  }

  @Test
  void unreportedTrial_isFollowedByAnother() {
    try (var checker = withATrialDue()) {
      only(checker).begin();
      assertThat(only(checker).isAvailable()).isFalse();
      network.pass(Duration.ofSeconds(6));
      assertThat(only(checker).state()).isEqualTo(TargetState.CHECKING);
    }
  }

  @Test
  void probeListeners_hearHowLongGoodProbesTook_untilTheyUnsubscribe() {
    network.latency = Duration.ofMillis(40);
    network.answers = target -> target.id().equals("t0") ? PASSED : FAILED;
    try (var checker = checker().build()) {
      var heard = new ArrayList<String>();
      var failing =
          checker.subscribeProbes((id, nanos) -> {
            throw new IllegalStateException("a listener's own trouble");
          });
      var listening =
          checker.subscribeProbes((id, nanos) -> heard.add(id + " " + nanos / 1_000_000));
      checker.setTargets(targets(2));
      network.pass(ROUND);
      assertThat(heard).isNotEmpty().containsOnly("t0 40");
      assertThat(checker.health("t0")).isEqualTo(Health.HEALTHY);
      listening.close();
      failing.close();
      heard.clear();
      network.pass(ROUND.multipliedBy(3));
      assertThat(heard).isEmpty();
    }
  }

  /** From Finagle: a trial with an inconclusive result must not block further trials. */
  @Test
  void inconclusiveTrial_isFollowedByAnotherImmediately() {
    try (var checker = withATrialDue()) {
      only(checker).end(only(checker).begin(), Outcome.CANCELLED, 1);
      assertThat(only(checker).state()).isEqualTo(TargetState.CHECKING);
      only(checker).endStatus(only(checker).begin(), 404, 1);
      assertThat(only(checker).state()).isEqualTo(TargetState.CHECKING);
      only(checker).end(only(checker).begin(), Outcome.SUCCESS, 1);
      assertThat(only(checker).state()).isEqualTo(TargetState.HEALTHY);
    }
  }

  @Test
  void requestFromBeforeTheTrial_cancelled_doesNotEndTheTrial() {
    try (var checker = withATrialDue()) {
      only(checker).begin();
      checker.report("t0", Outcome.CANCELLED, 0, Duration.ofSeconds(5).toNanos());
      assertThat(only(checker).isAvailable()).as("the trial is in flight").isFalse();
      checker.report("t0", Outcome.CANCELLED, 0, 0);
      assertThat(only(checker).isAvailable()).as("its own cancellation ends it").isTrue();
    }
  }

  @Test
  void sharedVerdict_probesUndoWhatTrafficSaid() {
    try (var checker =
        checker(passive(Thresholds.kongPassive()).sharedVerdict())
            .active(ActiveRules.of(Thresholds.kongActive()))
            .build()) {
      checker.setTargets(targets(1));
      network.pass(ROUND);
      only(checker).reportTcpFailure();
      only(checker).reportTcpFailure();
      assertThat(only(checker).state()).isEqualTo(TargetState.UNHEALTHY);
      network.pass(ROUND.multipliedBy(2));
      assertThat(only(checker).state()).isEqualTo(TargetState.HEALTHY);
    }
  }

  @DisplayName("T03: a status in neither list is counted and shown, without effect")
  @Test
  void statusInNeitherList_isCountedAndShown_withoutEffect() {
    try (var checker = checker(PassiveRules.builder().statuses("200-399", "500,502-504")).build()) {
      checker.setTargets(targets(1));
      for (int i = 0; i < 100; i++) {
        only(checker).reportStatus(404);
      }
      assertThat(view(checker).unclassified()).isEqualTo(100);
      assertThat(view(checker).passive().httpFailures()).isZero();
      only(checker).reportStatus(0);
      assertThat(view(checker).passive().httpFailures()).isEqualTo(1);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PassiveRules.builder().statuses("200-299", "299"))
        .withMessage("bad: \"299\" (expected: no status that is also in good, \"200-299\")");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ExpectedResponse.builder().goodStatuses("2xx"))
        .withMessageContaining(
            "goodStatuses: \"2xx\" (expected: statuses in 100..599, such as 200-399,!301-303");
  }

  /** All queries return the same availability, in any state. */
  @DisplayName("T05: all views agree on availability")
  @ParameterizedTest
  @EnumSource(TargetState.class)
  void availability_hasOneTruth(TargetState state) {
    assertThat(state.available()).isEqualTo(state.health().available());
    assertThat(state.available())
        .isEqualTo(
            switch (state) {
              case HEALTHY, MOSTLY_HEALTHY, CHECKING, DEGRADED, FORCED_UP -> true;
              case MOSTLY_UNHEALTHY, UNHEALTHY, EJECTED, DRAINING, FORCED_DOWN -> false;
            });
  }

  @DisplayName("T89: verdicts of a mass failure are held for one round, then applied")
  @Test
  void massFailure_isDoubtedForARound_thenBelieved() {
    var notices = new ArrayList<String>();
    HealthListener listener =
        new HealthListener() {
          @Override
          public void onNotice(HealthEvent event) {
            notices.add(event.cause());
          }
        };
    try (var checker =
        checker().listener(listener).active(ActiveRules.of(Thresholds.riseFall(1, 1))).build()) {
      checker.setTargets(targets(20));
      network.pass(ROUND.multipliedBy(2));
      network.answers = target -> REFUSED;
      network.pass(ROUND);
      long down =
          checker.snapshot().targets().stream().filter(view -> !view.state().available()).count();
      assertThat(down).as("those that failed before half had").isLessThan(11);
      assertThat(notices)
          .contains("mass failure suspected: down verdicts are held back for one round");
      network.pass(ROUND.multipliedBy(3));
      assertThat(checker.snapshot().targets()).noneMatch(view -> view.state().available());
      network.answers = target -> PASSED;
      network.pass(ROUND.multipliedBy(2));
      assertThat(notices).contains("mass failure ended");
      assertThat(checker.snapshot().targets()).allMatch(view -> view.state().available());
    }
  }

  @Test
  void reset_setsTheVerdictAndClearsCounts() {
    try (var checker = checker(passive(Thresholds.perKind(2, 2, 2, 2))).build()) {
      checker.setTargets(targets(1));
      only(checker).reportStatus(500);
      checker.reset("t0", true);
      only(checker).reportStatus(500);
      assertThat(only(checker).isAvailable()).isTrue();
      only(checker).reportStatus(500);
      assertThat(only(checker).isAvailable()).isFalse();
      assertThat(checker.reset("nobody", true)).isFalse();
    }
  }

  @Test
  void failNow_makesTheTargetUnhealthyImmediately_andItRecovers() {
    try (var checker = checker(PassiveRules.builder().trialAfter(Duration.ofSeconds(3))).build()) {
      checker.setTargets(targets(1));
      network.pass(ROUND);
      only(checker).failNow("x-envoy-immediate-health-check-fail");
      assertThat(only(checker).state()).isEqualTo(TargetState.UNHEALTHY);
      network.pass(Duration.ofSeconds(4));
      assertThat(only(checker).isAvailable()).isTrue();
    }
  }

  @DisplayName("T04: every configuration permits recovery")
  @Test
  void recovery_isRequiredOfEveryConfiguration() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ActiveRules.of(Thresholds.perKind(0, 1, 1, 1)))
        .withMessage("active: successes 0 (expected: at least 1, else targets never recover)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PassiveRules.of(Thresholds.perKind(0, 3, 0, 0)));
    checker(passive(Thresholds.off())).build().close();
    checker(passive(Thresholds.perKind(0, 3, 0, 0)).sharedVerdict()).build().close();
  }

  @Test
  void history_containsTheLastEightProbes_newestFirst() {
    try (var checker = checker().build()) {
      network.latency = Duration.ofMillis(20);
      checker.setTargets(targets(1));
      network.pass(ROUND.multipliedBy(9));
      network.answers = target -> FAILED;
      network.pass(ROUND.multipliedBy(2));
      List<CheckerSnapshot.PastProbe> history = view(checker).history();
      assertThat(history).hasSize(8);
      assertThat(history)
          .extracting(CheckerSnapshot.PastProbe::cause)
          .startsWith(Cause.STATUS, Cause.STATUS, Cause.PASSED);
      assertThat(history.get(0).status()).isEqualTo(500);
      assertThat(history.get(0).latency()).isBetween(Duration.ofMillis(20), Duration.ofMillis(30));
      assertThat(history.get(7).age())
          .isBetween(Duration.ofMillis(6_900), Duration.ofMillis(8_100));
      assertThat(TextStatus.explain(view(checker)))
          .contains("t0 at 127.0.0.0:80: mostly_healthy for");
    }
  }
}
