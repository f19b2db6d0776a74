package io.gatewaykit.healthcheck;

import static io.gatewaykit.healthcheck.VirtualNetwork.FAILED;
import static io.gatewaykit.healthcheck.VirtualNetwork.REFUSED;
import static io.gatewaykit.healthcheck.VirtualNetwork.targets;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.healthcheck.AddressResolver.Answer;
import io.gatewaykit.healthcheck.state.TargetState;
import io.gatewaykit.healthcheck.status.PrometheusStatus;
import io.gatewaykit.healthcheck.status.TextStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Targets that are added, removed, added again, or given by name. */
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
  void removedTarget_isGoneAtOnce_alsoWhileProbed() {
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

  @DisplayName("T25, T41, T62: staying, keeps state counts and phase")
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

  @DisplayName("T42: to nothing and back, leaves nothing behind")
  @Test
  void toNothingAndBack_leavesNothingBehind() {
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

  @DisplayName("T66, T67: close, leaves no timer")
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

  @DisplayName("T43: retained, comes back as it went, if in time")
  @Test
  void retained_comesBackAsItWent_ifInTime() {
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

  // Names

  private List<InetAddress> found = List.of();
  private boolean broken;
  private int lookups;

  private Answer resolve(String name) throws IOException {
    lookups++;
    if (broken) {
      throw new UnknownHostException(name + " is not known");
    }
    return new Answer(found, Duration.ofSeconds(10));
  }

  private static InetAddress ip(int last) {
    try {
      return InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) last});
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  /** Returns a checker of a name with one address, taken down by {@code fall} failures. */
  private HealthChecker ordersAtOneAddress(int fall) {
    HealthChecker checker =
        checker(Thresholds.haproxy(), Thresholds.riseFall(1, fall))
            .resolver(this::resolve, Duration.ofSeconds(60))
            .build();
    found = List.of(ip(1));
    checker.setTargets(List.of(Target.dns("orders", "orders.test", 8080)));
    network.pass(ROUND);
    return checker;
  }

  @DisplayName("T44, T46: name, becomes one target per address, and follows its answers")
  @Test
  void name_becomesOneTargetPerAddress_andFollowsItsAnswers() throws Exception {
    try (var checker = checker().resolver(this::resolve, Duration.ofMinutes(1)).build()) {
      found = List.of(ip(2), ip(1));
      checker.setTargets(List.of(Target.dns("orders", "orders.test", 8080)));
      assertThat(ids(checker)).isEmpty();
      network.pass(ROUND.plusMillis(200));
      assertThat(ids(checker)).containsExactly("orders/10.0.0.1", "orders/10.0.0.2");
      assertThat(checker.awaitFirstRound(Duration.ofSeconds(1))).isTrue();
      assertThat(checker.health("orders")).isEqualTo(Health.HEALTHY);
      assertThat(checker.snapshot().targets().get(0).target().hostName()).isEqualTo("orders.test");

      events.clear();
      found = List.of(ip(1), ip(2)); // a different order is not a change
      network.pass(Duration.ofSeconds(11));
      assertThat(lookups).isGreaterThan(1);
      assertThat(events).isEmpty();

      found = List.of(ip(2), ip(3));
      network.answers = target -> target.id().endsWith("3") ? REFUSED : VirtualNetwork.PASSED;
      network.pass(Duration.ofSeconds(12));
      assertThat(ids(checker)).containsExactly("orders/10.0.0.2", "orders/10.0.0.3");
      assertThat(checker.health("orders/10.0.0.3")).isEqualTo(Health.UNHEALTHY);
      assertThat(checker.health("orders"))
          .as("the best of its addresses")
          .isEqualTo(Health.HEALTHY);
    }
  }

  @DisplayName("T45: name that no longer resolves, keeps its addresses for a while")
  @Test
  void nameThatNoLongerResolves_keepsItsAddressesForAWhile() {
    try (var checker = checker().resolver(this::resolve, Duration.ofSeconds(60)).build()) {
      found = List.of(ip(1));
      checker.setTargets(List.of(Target.dns("orders", "orders.test", 8080)));
      network.pass(ROUND);
      broken = true;
      network.pass(Duration.ofSeconds(30));
      assertThat(ids(checker)).containsExactly("orders/10.0.0.1");
      assertThat(events).contains("NOTICE ");
      broken = false;
      found = List.of(); // an empty result is treated like a failure
      network.pass(Duration.ofSeconds(20));
      assertThat(ids(checker)).containsExactly("orders/10.0.0.1");
      network.pass(Duration.ofSeconds(40));
      assertThat(ids(checker)).isEmpty();
      assertThat(checker.health("orders")).isEqualTo(Health.UNHEALTHY);
      found = List.of(ip(9));
      network.pass(Duration.ofSeconds(10));
      assertThat(ids(checker)).containsExactly("orders/10.0.0.9");
    }
  }

  @DisplayName("T45: address that cannot be reached, asks for the name again")
  @Test
  void addressThatCannotBeReached_asksForTheNameAgain() {
    try (var checker = checker().resolver(this::resolve, Duration.ofSeconds(60)).build()) {
      found = List.of(ip(1));
      checker.setTargets(List.of(Target.dns("orders", "orders.test", 8080)));
      network.pass(Duration.ofSeconds(2));
      int before = lookups;
      network.answers = target -> REFUSED;
      network.pass(Duration.ofSeconds(5));
      assertThat(lookups).as("before its ten seconds are over").isEqualTo(before + 1);
    }
  }

  @Test
  void oneAddress_takesReportsByName() {
    try (var checker = ordersAtOneAddress(1)) {
      checker.report("orders", Outcome.TIMEOUT, 0, 1);
      assertThat(checker.health("orders")).isEqualTo(Health.UNHEALTHY);
    }
  }

  @DisplayName("T11: one target, has one count, whoever reports")
  @Test
  void oneTarget_hasOneCount_whoeverReports() {
    try (var checker = ordersAtOneAddress(3)) {
      checker.report("orders", Outcome.TIMEOUT, 0, 1);
      checker.report("orders/10.0.0.1", Outcome.TIMEOUT, 0, 1);
      requireNonNull(checker.target("orders")).reportTimeout();
      assertThat(checker.health("orders/10.0.0.1")).isEqualTo(Health.UNHEALTHY);

      assertThat(checker.target("10.0.0.1")).isNull();
      assertThat(checker.force("10.0.0.1", true)).isFalse();
      assertThat(checker.drain("")).isFalse();
      checker.report("10.0.0.1", Outcome.TIMEOUT, 0, 1); // unknown target: ignored
      assertThat(ids(checker)).containsExactly("orders/10.0.0.1");
    }
  }

  @DisplayName("T26: group built twice, is two, and each is as it would be alone")
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
  void allReplaced_somebodyIsAvailableThroughout(TargetState initial) {
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

  @DisplayName("T52: two of one id, are refused, and nothing changes")
  @Test
  void twoOfOneId_areRefused_andNothingChanges() {
    try (var checker = checker().resolver(this::resolve, Duration.ofSeconds(60)).build()) {
      checker.setTargets(targets(2));
      Target name = Target.dns("n", "n.test", 1);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> checker.setTargets(List.of(name, name)))
          .withMessage("targets: duplicate id \"n\" (expected: unique ids)");
      assertThat(ids(checker)).containsExactly("t0", "t1");
      network.pass(ROUND);
      assertThat(lookups).isZero();
    }
  }

  @Test
  void systemResolver_knowsLoopback_andFiltersByKind() throws Exception {
    Answer all = AddressResolver.system().resolve("localhost");
    assertThat(all.addresses()).isNotEmpty();
    assertThat(AddressResolver.system().ipv4Only().resolve("127.0.0.1").addresses()).hasSize(1);
    assertThat(AddressResolver.system().ipv6Only().resolve("127.0.0.1").addresses()).isEmpty();
    assertThat(AddressResolver.system().ipv6Only().resolve("::1").addresses()).hasSize(1);
  }

  @DisplayName("T49: ipv6, stands in brackets")
  @Test
  void ipv6_standsInBrackets() throws Exception {
    var address = new InetSocketAddress(InetAddress.getByName("fe80::1"), 80);
    assertThat(Probe.authority(new Target("a", address))).isEqualTo("[fe80:0:0:0:0:0:0:1]:80");
    try (var checker = checker().build()) {
      checker.setTargets(List.of(new Target("a", address)));
      assertThat(TextStatus.render(checker.snapshot())).contains("[fe80:0:0:0:0:0:0:1]:80 UP");
    }
  }
}
