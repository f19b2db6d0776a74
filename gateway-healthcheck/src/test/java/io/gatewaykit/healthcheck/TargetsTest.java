// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static io.gatewaykit.healthcheck.VirtualNetwork.FAILED;
import static io.gatewaykit.healthcheck.VirtualNetwork.targets;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.healthcheck.state.TargetState;
import io.gatewaykit.healthcheck.status.PrometheusStatus;
import io.gatewaykit.healthcheck.status.TextStatus;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Targets that are added, removed, or added again. */
@Timeout(60)
class TargetsTest {
  private static final Duration ROUND = Duration.ofSeconds(1);

  private final VirtualNetwork network = new VirtualNetwork();
  private final List<String> events = new ArrayList<>();

  private HealthCheckerBuilder checker() {
    return checker(Thresholds.haproxy(), Thresholds.kongPassive());
  }

  private HealthCheckerBuilder checker(Thresholds active, Thresholds passive) {
    return network
        .checker()
        .schedule(ProbeSchedule.builder().interval(ROUND).jitter(0).build())
        .active(ActiveRules.builder().thresholds(active).massFailureShare(0).build())
        .passive(PassiveRules.builder().thresholds(passive).suspicion(Suspicion.COUNT).build())
        .listener(
            new HealthListener() {
              @Override
              public void onEvent(HealthEvent event) {
                events.add(event.kind() + " " + event.targetId());
              }
            });
  }

  private static List<String> ids(HealthChecker checker) {
    return checker.snapshot().targets().stream().map(view -> view.target().id()).toList();
  }

  @DisplayName("T40, T64: removed target, is gone at once, also while probed")
  @Test
  void removedTarget_isRemovedImmediately_alsoWhileProbed() {
    try (var checker = checker().build()) {
      network.latency = Duration.ofMillis(300);
      checker.setTargets(targets(50));
      network.pass(ROUND);
      assertThat(network.inFlight).isPositive();
      TargetHandle handle = requireNonNull(checker.target("t7"));
      checker.setTargets(targets(5));
      network.settle();
      assertThat(network.open).isLessThanOrEqualTo(5);
      assertThat(ids(checker)).hasSize(5);
      assertThat(PrometheusStatus.render(checker.snapshot())).doesNotContain("t7");
      network.asked.clear();
      events.clear();
      handle.reportTcpFailure();
      handle.reportTcpFailure();
      network.pass(ROUND.multipliedBy(3));
      assertThat(network.asked.keySet()).containsExactlyInAnyOrderElementsOf(ids(checker));
      assertThat(events)
          .as("nothing is heard of it any more")
          .noneMatch(each -> each.endsWith("t7"));
    }
  }

  @DisplayName("T25, T41, T62: a retained target keeps state, counts and phase")
  @Test
  void staying_keepsStateCountsAndPhase() {
    try (var checker = checker().build()) {
      network.answers = target -> FAILED;
      checker.setTargets(targets(2));
      network.pass(ROUND);
      int before = requireNonNull(network.asked.get("t0")).size();
      network.answers = target -> VirtualNetwork.PASSED;
      checker.setTargets(targets(3));
      List<Target> reversed = new ArrayList<>(targets(3));
      Collections.reverse(reversed);
      checker.setTargets(reversed);
      assertThat(checker.health("t0")).isEqualTo(Health.UNHEALTHY);
      assertThat(checker.health("t2")).isEqualTo(Health.UNKNOWN);
      network.pass(Duration.ofMillis(700));
      List<Long> times = requireNonNull(network.asked.get("t0"));
      assertThat(times.size()).isBetween(before, before + 3); // no further first probe
      assertThat(events.stream().filter("ADDED t0"::equals)).hasSize(1);
    }
  }

  @DisplayName("T42: removing and adding all targets leaves no state")
  @Test
  void allTargetsRemovedAndAdded_leavesNoState() {
    try (var checker = checker().build()) {
      for (int i = 0; i < 2_000; i++) {
        checker.setTargets(targets(3));
        network.settle();
        checker.setTargets(List.of());
        network.settle();
      }
      assertThat(network.loop.wheel().size()).isZero();
      assertThat(network.loop.slots().addresses()).isZero();
      assertThat(network.open).isZero();
      assertThat(ids(checker)).isEmpty();
      assertThat(checker.isPanicking()).isFalse();
    }
  }

  @DisplayName("T66, T67: close leaves no timer")
  @Test
  void close_leavesNoTimer() {
    var checker = checker().outliers(Outliers.standard()).build();
    checker.setTargets(targets(10));
    network.pass(ROUND);
    checker.report("t0", Outcome.CONNECT_FAILURE, 0, 1);
    checker.report("t0", Outcome.CONNECT_FAILURE, 0, 1);
    network.settle();
    checker.close();
    checker.close();
    network.pass(Duration.ofMinutes(1));
    assertThat(network.loop.wheel().size()).isZero();
    assertThat(network.open).isZero();
    assertThat(checker.health("t0")).as("verdicts stay as they were").isEqualTo(Health.UNHEALTHY);
  }

  @DisplayName("T43: a retained verdict is restored in time only")
  @Test
  void retained_isRestored_ifInTime() {
    try (var checker = checker().retain(Duration.ofSeconds(10)).build()) {
      network.answers = target -> FAILED;
      checker.setTargets(targets(1));
      network.pass(ROUND);
      checker.setTargets(List.of());
      network.pass(Duration.ofSeconds(5));
      checker.setTargets(targets(1));
      assertThat(checker.health("t0")).isEqualTo(Health.UNHEALTHY);
      checker.setTargets(List.of());
      network.pass(Duration.ofSeconds(11));
      checker.setTargets(targets(1));
      assertThat(checker.health("t0")).isEqualTo(Health.UNKNOWN);
    }
  }

  @DisplayName("T50: same address twice, is two targets")
  @Test
  void sameAddressTwice_isTwoTargets() {
    try (var checker = checker(Thresholds.haproxy(), Thresholds.riseFall(1, 1)).build()) {
      Target one = VirtualNetwork.target(1);
      checker.setTargets(List.of(one, new Target("other", one.address()).withProbePort(81)));
      checker.report("other", Outcome.FAILURE, 500, 1);
      assertThat(checker.health("t1")).isEqualTo(Health.UNKNOWN);
      assertThat(checker.health("other")).isEqualTo(Health.UNHEALTHY);
      assertThat(requireNonNull(checker.target("other")).target().probeAddress().getPort())
          .isEqualTo(81);
    }
  }

  @DisplayName("T26: two checkers of one configuration are independent")
  @Test
  void groupBuiltTwice_isTwo() {
    try (var one = checker().build()) {
      one.setTargets(targets(3));
      network.pass(ROUND.multipliedBy(10));
      int alone = requireNonNull(network.asked.get("t0")).size();
      network.asked.clear();
      try (var other = checker().build()) {
        other.setTargets(targets(3));
        network.pass(ROUND.multipliedBy(10));
        assertThat(requireNonNull(network.asked.get("t0")).size())
            .isBetween(2 * alone - 2, 2 * alone + 2);
        other.force("t0", false);
        assertThat(one.health("t0")).isEqualTo(Health.HEALTHY);
      }
      network.asked.clear();
      network.pass(ROUND.multipliedBy(10));
      assertThat(requireNonNull(network.asked.get("t0")).size()).isBetween(alone - 1, alone + 1);
      assertThat(network.open).isEqualTo(3);
    }
  }

  /** In Armeria, a new endpoint with a hanging first check blocked all new ones. */
  @DisplayName("T51: all targets replaced, somebody is available throughout")
  @ParameterizedTest
  @EnumSource(
      value = TargetState.class,
      names = {"CHECKING", "UNHEALTHY"})
  void allReplaced_someTargetIsAlwaysAvailable(TargetState initial) {
    network.latency = Duration.ofMillis(100);
    network.answers =
        target -> target.id().equals("t5") ? VirtualNetwork.SILENT : VirtualNetwork.PASSED;
    try (var checker =
        checker(Thresholds.riseFall(1, 1), Thresholds.kongPassive()).initial(initial).build()) {
      checker.setTargets(targets(5));
      network.pass(ROUND.multipliedBy(2));
      List<Target> fresh = List.of(VirtualNetwork.target(5), VirtualNetwork.target(6));
      checker.setTargets(fresh);
      for (int i = 0; i < 400; i++) {
        network.pass(Duration.ofMillis(5));
        assertThat(fresh)
            .as("after %d ms", 5 * i)
            .anyMatch(each -> requireNonNull(checker.target(each.id())).isAvailable());
      }
      assertThat(checker.health("t6")).isEqualTo(Health.HEALTHY);
      assertThat(checker.health("t5")).as("that hangs, alone").isEqualTo(Health.UNHEALTHY);
    }
  }

  @DisplayName("T68: snapshot, is complete while targets are replaced")
  @Test
  void snapshot_isCompleteWhileTargetsAreReplaced() throws Exception {
    try (var checker = checker().build()) {
      List<Target> few = targets(100);
      List<Target> many = targets(300).subList(100, 300);
      checker.setTargets(few);
      var replaced = new CountDownLatch(2_000);
      var replacing =
          new Thread(() -> {
            for (boolean grown = false; replaced.getCount() > 0; grown = !grown) {
              checker.setTargets(grown ? few : many);
              replaced.countDown();
            }
          });
      replacing.start();
      while (replaced.getCount() > 0) {
        List<Target> seen = checker.snapshot().targets().stream().map(v -> v.target()).toList();
        assertThat(seen)
            .satisfiesAnyOf(s -> assertThat(s).isEqualTo(few), s -> assertThat(s).isEqualTo(many));
      }
      replacing.join();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "orders.svc, 8080, false, orders.svc:8080",
    "orders.svc, 80, false, orders.svc",
    "orders.svc, 80, true, orders.svc:80",
    "orders.svc, 443, true, orders.svc",
    "orders.svc, 443, false, orders.svc:443",
    "orders.svc:9000, 8080, false, orders.svc:9000",
    "[::1]:9000, 8080, false, [::1]:9000",
    "[::1], 8080, false, [::1]:8080"
  })
  void authority_namedTarget_includesThePortUnlessItIsTheDefault(
      String name, int port, boolean tls, String host) {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    Target target = new Target("a", address).withHostName(name).withProbePort(port);
    assertThat(Probe.authority(target, tls)).isEqualTo(host);
  }

  @Test
  void authority_targetDefinedByName_includesThePortOfItsAddress() {
    Target target = Target.dns("x", "orders.svc", 8080);
    assertThat(Probe.authority(target, false)).isEqualTo("orders.svc:8080");
  }

  @DisplayName("T49: an IPv6 address is in brackets")
  @Test
  void ipv6_isInBrackets() throws Exception {
    var address = new InetSocketAddress(InetAddress.getByName("fe80::1"), 80);
    assertThat(Probe.authority(new Target("a", address), false))
        .isEqualTo("[fe80:0:0:0:0:0:0:1]:80");
    try (var checker = checker().build()) {
      checker.setTargets(List.of(new Target("a", address)));
      assertThat(TextStatus.render(checker.snapshot())).contains("[fe80:0:0:0:0:0:0:1]:80 UP");
    }
  }
}
