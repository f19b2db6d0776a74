// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.healthcheck.state.TargetState;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Reactions of a checker to traffic, operators and time, on virtual time. */
@Timeout(60)
class CheckerBehaviourTest {
  private static final Thresholds ONE = Thresholds.riseFall(1, 1);

  private final ManualTicker ticker = new ManualTicker(Long.MAX_VALUE - 1_000_000_000);
  private final ProbeEngine engine = ProbeEngine.builder().ticker(ticker).seed(1).build();

  @AfterEach
  void close() {
    engine.close();
  }

  private HealthCheckerBuilder passive() {
    return passive(0);
  }

  private HealthCheckerBuilder passive(double panicBelow) {
    return HealthChecker.builder("test")
        .engine(engine)
        .passive(
            PassiveRules.builder()
                .withoutProbes()
                .trialAfter(Duration.ofSeconds(10))
                .thresholds(ONE)
                .build())
        .panicBelow(panicBelow);
  }

  private static List<Target> targets(int count) {
    var targets = new ArrayList<Target>();
    for (int i = 0; i < count; i++) {
      targets.add(new Target("t" + i, new InetSocketAddress(InetAddress.getLoopbackAddress(), 9)));
    }
    return targets;
  }

  private void pass(Duration time) {
    onLoop();
    ticker.advance(time);
    onLoop();
  }

  /** Lets the engine run pending tasks and check its timers. */
  private void onLoop() {
    for (int i = 0; i < 2; i++) {
      var done = new CountDownLatch(1);
      engine.loop().execute(done::countDown);
      await().until(() -> done.getCount() == 0);
    }
  }

  private static TargetState state(HealthChecker checker, String id) {
    return requireNonNull(checker.target(id)).state();
  }

  @Test
  void passiveOnly_afterItsTime_nextRequestIsATrial_andFailureDoublesTheWait() {
    try (var checker = passive().build()) {
      checker.setTargets(targets(1));
      onLoop();
      checker.report("t0", Outcome.FAILURE, 500, 1);
      assertThat(state(checker, "t0")).isEqualTo(TargetState.UNHEALTHY);
      pass(Duration.ofMillis(9_900));
      assertThat(state(checker, "t0")).isEqualTo(TargetState.UNHEALTHY);
      pass(Duration.ofMillis(110));
      assertThat(state(checker, "t0")).isEqualTo(TargetState.CHECKING);
      assertThat(checker.health("t0").available()).isTrue();
      checker.report("t0", Outcome.CONNECT_FAILURE, 0, 1);
      assertThat(state(checker, "t0")).isEqualTo(TargetState.UNHEALTHY);
      pass(Duration.ofMillis(19_900));
      assertThat(state(checker, "t0")).isEqualTo(TargetState.UNHEALTHY);
      pass(Duration.ofMillis(110));
      checker.report("t0", Outcome.SUCCESS, 200, 1);
      assertThat(state(checker, "t0")).isEqualTo(TargetState.HEALTHY);
    }
  }

  @Test
  void passiveOnly_withoutAWayBack_isRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            PassiveRules.builder()
                .withoutProbes()
                .thresholds(Thresholds.perKind(0, 1, 1, 1))
                .build())
        .withMessage(
            "passive: successes 0 (expected: at least 1, else failures are never cleared)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> passive().initial(TargetState.UNHEALTHY).build());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> passive().initial(TargetState.EJECTED))
        .withMessage("initial: EJECTED (expected: CHECKING or a verdict)");
  }

  @Test
  void reportFromBeforeAChange_isStaleAndIgnored() {
    try (var checker = passive().build()) {
      checker.setTargets(targets(1));
      TargetHandle handle = requireNonNull(checker.target("t0"));
      long early = handle.begin();
      long alsoEarly = handle.begin();
      handle.end(early, Outcome.FAILURE, 1);
      handle.end(alsoEarly, Outcome.SUCCESS, 1);
      assertThat(handle.state()).isEqualTo(TargetState.UNHEALTHY);
      assertThat(checker.snapshot().targets().get(0).staleReports()).isEqualTo(1);
      handle.end(handle.begin(), Outcome.SUCCESS, 1);
      assertThat(handle.state()).isEqualTo(TargetState.HEALTHY);
    }
  }

  @Test
  void operator_overrulesAll_untilItEnds() {
    try (var checker = passive().build()) {
      checker.setTargets(targets(1));
      assertThat(checker.force("t0", false)).isTrue();
      checker.report("t0", Outcome.SUCCESS, 200, 1);
      assertThat(state(checker, "t0")).isEqualTo(TargetState.FORCED_DOWN);
      assertThat(checker.drain("t0")).isTrue();
      assertThat(checker.health("t0")).isEqualTo(Health.DRAINING);
      checker.force("t0", true);
      checker.report("t0", Outcome.FAILURE, 500, 1);
      assertThat(checker.health("t0")).isEqualTo(Health.HEALTHY);
      checker.clearOverride("t0");
      assertThat(state(checker, "t0")).isEqualTo(TargetState.UNHEALTHY);
      assertThat(checker.force("nobody", true)).isFalse();
    }
  }

  @Test
  void panicAndSlowStart_followTheShareAvailableAndTheTime() {
    try (var checker = passive(0.5).slowStart(Duration.ofSeconds(20)).build()) {
      checker.setTargets(targets(4));
      onLoop();
      TargetHandle first = requireNonNull(checker.target("t0"));
      for (int i = 0; i < 3; i++) {
        assertThat(checker.isPanicking()).isFalse();
        checker.report("t" + i, Outcome.TIMEOUT, 0, 1);
      }
      assertThat(checker.isPanicking()).isTrue();
      assertThat(first.isAvailable()).isTrue();
      assertThat(checker.health("t0")).isEqualTo(Health.UNHEALTHY);
      checker.report("t0", Outcome.SUCCESS, 200, 1);
      assertThat(checker.isPanicking()).isFalse();
      assertThat(requireNonNull(checker.target("t1")).isAvailable()).isFalse();
      assertThat(first.weightShare()).isEqualTo(0.01);
      pass(Duration.ofSeconds(5));
      assertThat(first.weightShare()).isEqualTo(0.25);
      pass(Duration.ofSeconds(15));
      assertThat(first.weightShare()).isEqualTo(1);
      assertThat(requireNonNull(checker.target("t3")).weightShare()).isEqualTo(1);
    }
  }

  @Test
  void events_haveNoGap_andASlowListenerReceivesAResync() throws Exception {
    var seen = new CopyOnWriteArrayList<HealthEvent>();
    var go = new CountDownLatch(1);
    HealthListener listener =
        new HealthListener() {
          @Override
          public void onEvent(HealthEvent event) {
            seen.add(event);
            if (event.sequence() == 4) {
              await().until(() -> go.getCount() == 0);
            }
          }
        };
    try (var checker = passive().listener(listener).build()) {
      checker.setTargets(targets(2));
      checker.report("t0", Outcome.FAILURE, 500, 1);
      checker.setTargets(targets(1));
      await().until(() -> seen.size() == 4);
      assertThat(seen).extracting(HealthEvent::sequence).containsExactly(1L, 2L, 3L, 4L);
      assertThat(seen)
          .extracting(HealthEvent::kind)
          .containsExactly(
              HealthEvent.Kind.ADDED,
              HealthEvent.Kind.ADDED,
              HealthEvent.Kind.CHANGED,
              HealthEvent.Kind.REMOVED);
      for (int i = 0; i <= EventQueue.CAPACITY; i++) {
        checker.force("t0", i % 2 == 0);
      }
      go.countDown();
      await().until(() -> seen.size() > 4);
      assertThat(seen.get(4).kind()).isEqualTo(HealthEvent.Kind.RESYNC);
      assertThat(seen.get(4).sequence()).isEqualTo(checker.snapshot().sequence());
      assertThat(requireNonNull(seen.get(4).snapshot()).targets()).hasSize(1);
      assertThat(checker.snapshot().totals().lostEvents()).isEqualTo(EventQueue.CAPACITY + 1);
    }
  }

  @Test
  void reset_upWhileEjected_endsTheEjection() {
    try (HealthChecker checker =
        HealthChecker.builder("test")
            .engine(engine)
            .passive(
                PassiveRules.builder().withoutProbes().trialAfter(Duration.ofSeconds(10)).build())
            .outliers(
                Outliers.builder()
                    .consecutiveFailures(2)
                    .cap(0.5, Outliers.Cap.AT_LEAST_ONE)
                    .build())
            .build()) {
      checker.setTargets(targets(4));
      checker.report("t0", Outcome.FAILURE, 500, 1);
      checker.report("t0", Outcome.FAILURE, 500, 1);
      TargetHandle handle = requireNonNull(checker.target("t0"));
      assertThat(handle.state()).isEqualTo(TargetState.EJECTED);
      assertThat(checker.reset("t0", true)).isTrue();
      assertThat(handle.state()).isEqualTo(TargetState.HEALTHY);
      assertThat(handle.state().available()).isTrue();
      checker.report("t0", Outcome.FAILURE, 500, 1);
      checker.report("t0", Outcome.FAILURE, 500, 1);
      assertThat(handle.state()).as("may be ejected again").isEqualTo(TargetState.EJECTED);
    }
  }

  @Test
  void report_ofARequestFromBeforeTheTargetWentDown_isStale() {
    try (HealthChecker checker = passive().build()) {
      checker.setTargets(targets(1));
      checker.report("t0", Outcome.CONNECT_FAILURE, 0, 1);
      assertThat(checker.health("t0")).isEqualTo(Health.UNHEALTHY);
      checker.report("t0", Outcome.SUCCESS, 200, Duration.ofSeconds(1).toNanos());
      assertThat(checker.health("t0")).isEqualTo(Health.UNHEALTHY);
      assertThat(checker.snapshot().targets().get(0).staleReports()).isEqualTo(1);
    }
  }

  @Test
  void closedChecker_callsNoListener() throws IOException {
    var seen = new CopyOnWriteArrayList<String>();
    var checker =
        passive().listener(HealthCheckerTest.changes(event -> seen.add(event.targetId()))).build();
    checker.setTargets(targets(1));
    checker.close();
    int before = seen.size();
    checker.force("t0", false);
    onLoop();
    assertThat(seen).hasSize(before);
    assertThat(checker.health("t0")).isEqualTo(Health.UNHEALTHY);
  }
}
