// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static io.gatewaykit.healthcheck.VirtualNetwork.REFUSED;
import static io.gatewaykit.healthcheck.VirtualNetwork.targets;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gatewaykit.api.upstream.AddressResolver;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.Resolution;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Targets defined by a host name. */
@Timeout(60)
class NamedTargetsTest {
  private static final Duration ROUND = Duration.ofSeconds(1);

  private final VirtualNetwork network = new VirtualNetwork();
  private final List<String> events = new ArrayList<>();
  private List<InetAddress> found = List.of();
  private boolean broken;
  private boolean silent;
  private int lookups;

  private CompletionStage<Resolution> resolve(String name, String ignored) {
    lookups++;
    if (silent) {
      return new CompletableFuture<>();
    }
    if (broken) {
      return CompletableFuture.failedFuture(new UnknownHostException(name + " is not known"));
    }
    return CompletableFuture.completedFuture(
        new Resolution(name, found, Duration.ofSeconds(10), "test"));
  }

  private HealthCheckerBuilder checker() {
    return checker(Thresholds.kongPassive());
  }

  private HealthCheckerBuilder checker(Thresholds passive) {
    return network
        .checker()
        .schedule(ProbeSchedule.builder().interval(ROUND).jitter(0).build())
        .active(ActiveRules.builder().massFailureShare(0).build())
        .passive(PassiveRules.builder().thresholds(passive).suspicion(Suspicion.COUNT).build())
        .resolver(this::resolve, Duration.ofSeconds(60))
        .listener(
            new HealthListener() {
              @Override
              public void onEvent(HealthEvent event) {
                events.add(event.kind() + " " + event.targetId() + event.cause());
              }
            });
  }

  private static List<String> ids(HealthChecker checker) {
    return checker.snapshot().targets().stream().map(view -> view.target().id()).toList();
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
    HealthChecker checker = checker(Thresholds.riseFall(1, fall)).build();
    found = List.of(ip(1));
    checker.setTargets(List.of(Target.dns("orders", "orders.test", 8080)));
    network.pass(ROUND);
    return checker;
  }

  @DisplayName("T44, T46: name, becomes one target per address, and follows its answers")
  @Test
  void name_becomesOneTargetPerAddress_andFollowsItsLookups() throws Exception {
    try (var checker = checker().build()) {
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

  @DisplayName("T45: a name that no longer resolves keeps its addresses for a limited time")
  @Test
  void nameThatNoLongerResolves_keepsItsAddressesForAWhile() {
    try (var checker = checker().build()) {
      found = List.of(ip(1));
      checker.setTargets(List.of(Target.dns("orders", "orders.test", 8080)));
      network.pass(ROUND);
      broken = true;
      network.pass(Duration.ofSeconds(30));
      assertThat(ids(checker)).containsExactly("orders/10.0.0.1");
      assertThat(events)
          .contains(
              "NOTICE failed to resolve the name of target orders: orders.test is not known;"
                  + " keeping the last known addresses");
      broken = false;
      found = List.of(); // the resolver throws, which is treated like a failure
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

  @DisplayName("T45: an unreachable address triggers a lookup of its name")
  @Test
  void unreachableAddress_resolvesTheNameAgain() {
    try (var checker = checker().build()) {
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

  @DisplayName("T52: a duplicate id is rejected, and nothing changes")
  @Test
  void duplicateId_isRejected_andNothingChanges() {
    try (var checker = checker().build()) {
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
  void lookupWithoutAResult_failsAfterItsTimeout_andIsRepeated() {
    try (var checker = checker().build()) {
      silent = true;
      checker.setTargets(List.of(Target.dns("orders", "orders.test", 8080)));
      network.pass(Duration.ofSeconds(29));
      assertThat(lookups).isEqualTo(1);
      assertThat(events).isEmpty();
      silent = false;
      found = List.of(ip(1));
      network.pass(Duration.ofSeconds(2));
      assertThat(events)
          .contains("NOTICE failed to resolve the name of target orders: no result in 30 seconds");
      network.pass(Duration.ofSeconds(5));
      assertThat(ids(checker)).containsExactly("orders/10.0.0.1");
    }
  }

  @Test
  void resolverThatThrows_isAFailedLookup() {
    AddressResolver throwing =
        (host, ignored) -> {
          throw new IllegalStateException("bug");
        };
    try (var checker =
        network
            .checker()
            .resolver(throwing, Duration.ofSeconds(1))
            .listener(
                new HealthListener() {
                  @Override
                  public void onNotice(HealthEvent event) {
                    events.add(event.cause());
                  }
                })
            .build()) {
      checker.setTargets(List.of(Target.dns("orders", "orders.test", 8080)));
      network.pass(ROUND);
      assertThat(events).containsExactly("failed to resolve the name of target orders: bug");
    }
  }

  @Test
  void defaultResolver_isTheJdks() throws Exception {
    try (var engine = ProbeEngine.builder().build();
        var checker = HealthChecker.builder("jdk").engine(engine).build()) {
      checker.setTargets(List.of(Target.dns("here", "localhost", 9)));
      assertThat(checker.awaitFirstRound(Duration.ofSeconds(30))).isTrue();
      assertThat(ids(checker)).contains("here/127.0.0.1");
    }
  }
}
