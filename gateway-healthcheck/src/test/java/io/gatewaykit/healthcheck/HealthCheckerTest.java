// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.healthcheck.CheckerSnapshot.TargetView;
import io.gatewaykit.healthcheck.state.DecisionSource;
import io.gatewaykit.healthcheck.status.JsonStatus;
import io.gatewaykit.healthcheck.status.TextStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class HealthCheckerTest {
  private static final Duration LONG = Duration.ofHours(1);

  private final ProbeEngine engine = ProbeEngine.builder().build();

  @AfterEach
  void close() {
    engine.close();
  }

  private HealthCheckerBuilder checker(Duration interval) {
    return checker(interval, PassiveRules.builder());
  }

  private HealthCheckerBuilder checker(Duration interval, PassiveRules.Builder passive) {
    return checker(engine, interval, Probe.http("/health")).passive(passive.build());
  }

  private static HealthCheckerBuilder checker(ProbeEngine engine, Duration interval, Probe probe) {
    return HealthChecker.builder("test")
        .engine(engine)
        .schedule(
            ProbeSchedule.builder()
                .interval(interval)
                .timeout(Duration.ofMillis(Math.min(400, interval.toMillis())))
                .build())
        .probe(probe);
  }

  private static InetSocketAddress refusing() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return (InetSocketAddress) socket.getLocalSocketAddress();
    }
  }

  static HealthListener changes(Consumer<HealthEvent> action) {
    return new HealthListener() {
      @Override
      public void onChange(HealthEvent event) {
        action.accept(event);
      }
    };
  }

  private static TargetView only(HealthChecker checker) {
    return checker.snapshot().targets().get(0);
  }

  @DisplayName("T82: a good server is healthy and probed as configured")
  @Test
  void goodServer_isHealthyAndProbedAsConfigured() throws IOException {
    try (var server = new AnsweringServer("HTTP/1.1 204 No Content\r\n\r\n");
        var checker =
            checker(
                    engine,
                    Duration.ofMillis(50),
                    HttpProbe.builder("/up?x=1").host("shop.test").build())
                .build()) {
      checker.setTargets(List.of(new Target("a", server.address())));
      assertThat(checker.health("a")).isEqualTo(Health.UNKNOWN);
      await().until(() -> only(checker).probes() >= 3);
      assertThat(checker.health("a")).isEqualTo(Health.HEALTHY);
      assertThat(only(checker).decidedBy()).isEqualTo(DecisionSource.ACTIVE);
      assertThat(server.requests().get(0))
          .startsWith("GET /up?x=1 HTTP/1.1\r\nHost: shop.test\r\n");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'HTTP/1.1 500 No\r\n\r\n', status 500",
    "'HTTP/1.1 404\r\n\r\n', status 404",
    "'SSH-2.0-OpenSSH\r\n', response is not HTTP/1.x",
    "'HTTP/1.1 2000 OK\r\n', response is not HTTP/1.x",
    "'', closed without a response",
    "DRIP, timed out",
    "SILENCE, timed out"
  })
  void badServer_becomesUnhealthyWithACause(String answer, String detail) throws IOException {
    try (var server = new AnsweringServer(answer);
        var checker = checker(Duration.ofMillis(100)).build()) {
      checker.setTargets(List.of(new Target("a", server.address())));
      await().until(() -> checker.health("a") == Health.UNHEALTHY);
      assertThat(only(checker).cause()).isEqualTo(detail);
    }
  }

  @Test
  void refusedConnection_becomesUnhealthy_thenRecoversWhenServed() throws IOException {
    InetSocketAddress address = refusing();
    var changes = new CopyOnWriteArrayList<String>();
    try (var checker =
        checker(engine, Duration.ofMillis(50), Probe.tcp())
            .listener(changes(event -> changes.add(event.from() + ">" + event.to())))
            .listener(
                changes(event -> {
                  throw new IllegalStateException("a listener's fault");
                }))
            .build()) {
      checker.setTargets(List.of(new Target("a", address)));
      await().until(() -> checker.health("a") == Health.UNHEALTHY);
      assertThat(only(checker).cause()).startsWith("failed to connect");
      try (var server = new ServerSocket(address.getPort(), 50, address.getAddress())) {
        assertThat(server.isBound()).isTrue();
        await().until(() -> changes.contains("MOSTLY_UNHEALTHY>HEALTHY"));
      }
    }
    assertThat(changes)
        .containsSubsequence(
            "CHECKING>UNHEALTHY", "UNHEALTHY>MOSTLY_UNHEALTHY", "MOSTLY_UNHEALTHY>HEALTHY");
  }

  @Test
  void trafficReports_decideByKind_andLocalOnesNever() throws IOException {
    var heard = new CopyOnWriteArrayList<String>();
    try (var checker =
        checker(
                LONG,
                PassiveRules.builder()
                    .thresholds(Thresholds.perKind(2, 3, 2, 7))
                    .sharedVerdict()
                    .suspicion(Suspicion.COUNT))
            .build()) {
      checker.setTargets(List.of(new Target("idle-target", refusing())));
      try (var subscription = checker.subscribe((id, health) -> heard.add(id + " " + health))) {
        assertThat(subscription).isNotNull();
        for (int i = 0; i < 100; i++) {
          checker.report("idle-target", Outcome.CANCELLED, 0, 1);
          checker.report("idle-target", Outcome.REJECTED_LOCAL, 0, 1);
          checker.report("nobody", Outcome.FAILURE, 500, 1);
        }
        assertThat(checker.health("idle-target")).isEqualTo(Health.UNKNOWN);
        checker.report("idle-target", Outcome.SUCCESS, 200, 1);
        checker.report("idle-target", Outcome.FAILURE, 500, 1);
        checker.report("idle-target", Outcome.FAILURE, 500, 1);
        checker.report("idle-target", Outcome.CONNECT_FAILURE, 0, 1);
        assertThat(checker.health("idle-target")).isEqualTo(Health.HEALTHY);
        checker.report("idle-target", Outcome.FAILURE, 502, 1);
        assertThat(checker.health("idle-target")).isEqualTo(Health.UNHEALTHY);
        assertThat(only(checker).decidedBy()).isEqualTo(DecisionSource.PASSIVE);
        assertThat(only(checker).cause()).isEqualTo("traffic: FAILURE");
        checker.report("idle-target", Outcome.SUCCESS, 200, 1);
        checker.report("idle-target", Outcome.SUCCESS, 200, 1);
        await().until(() -> heard.size() >= 3);
      }
      checker.report("idle-target", Outcome.CONNECT_FAILURE, 0, 1);
      checker.report("idle-target", Outcome.CONNECT_FAILURE, 0, 1);
    }
    assertThat(heard)
        .containsExactly("idle-target HEALTHY", "idle-target UNHEALTHY", "idle-target HEALTHY");
  }

  @Test
  void setTargets_keepsRetainedTargetsAndRemovesOthers() throws IOException {
    try (var checker =
        checker(LONG, PassiveRules.builder().thresholds(Thresholds.riseFall(1, 1))).build()) {
      var a = new Target("a", refusing());
      var b = new Target("b", refusing());
      checker.setTargets(List.of(a, b));
      checker.report("a", Outcome.FAILURE, 500, 1);
      checker.report("b", Outcome.FAILURE, 500, 1);
      checker.setTargets(List.of(a, new Target("c", refusing())));
      assertThat(checker.health("a")).isEqualTo(Health.UNHEALTHY);
      assertThat(checker.health("b")).isEqualTo(Health.UNKNOWN);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> checker.setTargets(List.of(b, b)))
          .withMessage("targets: duplicate id \"b\" (expected: unique ids)");
      assertThat(checker.snapshot().targets())
          .extracting(v -> v.target().id())
          .containsExactly("a", "c");
    }
  }

  @Test
  void snapshot_asTextAndJson_explainsTheState() throws IOException {
    try (var checker =
        checker(
                LONG,
                PassiveRules.builder()
                    .thresholds(Thresholds.riseFall(1, 1))
                    .suspicion(Suspicion.COUNT))
            .build()) {
      checker.setTargets(List.of(new Target("a\"<b", refusing())));
      checker.report("a\"<b", Outcome.TIMEOUT, 0, 1);
      assertThat(TextStatus.explain(only(checker)))
          .contains(
              "a\"<b at 127.0.0.1:", ": unhealthy for 0 s, decided by passive (traffic: TIMEOUT)");
      assertThat(JsonStatus.render(checker.snapshot()))
          .startsWith("{\"name\":\"test\",\"sequence\":3,\"panicking\":true,")
          .contains("\"id\":\"a\\\"\\u003cb\",")
          .contains("\"state\":\"unhealthy\",\"decidedBy\":\"passive\"")
          .contains("\"lastProbe\":null,\"history\":[]}");
    }
  }

  @Test
  void close_leavesNoThreadAndNoProbe() throws IOException {
    try (var server = new AnsweringServer("HTTP/1.1 200 OK\r\n\r\n")) {
      var own = ProbeEngine.builder().threadName("probes-to-close").build();
      var checker = checker(own, Duration.ofMillis(20), Probe.http("/health")).build();
      checker.setTargets(List.of(new Target("a", server.address())));
      await().until(() -> only(checker).probes() > 2);
      checker.close();
      own.close();
      long probes = only(checker).probes();
      assertThat(Thread.getAllStackTraces().keySet())
          .extracting(Thread::getName)
          .doesNotContain("probes-to-close");
      assertThat(only(checker).probes()).isEqualTo(probes);
    }
  }

  @DisplayName("T86: the builder rejects bad values by name")
  @Test
  void builder_badValues_areRejectedByName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HealthChecker.builder("x").build())
        .withMessage("engine: none (expected: a ProbeEngine)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ProbeSchedule.every(Duration.ZERO))
        .withMessage("interval: PT0S (expected: 1 ms to 24 h)");
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            ProbeSchedule.builder()
                .interval(Duration.ofMillis(10))
                .timeout(Duration.ofSeconds(1))
                .build())
        .withMessage("timeout: PT1S (expected: at most the interval, PT0.01S)");
    assertThatIllegalArgumentException().isThrownBy(() -> Probe.http("no-slash"));
    assertThatIllegalArgumentException().isThrownBy(() -> Probe.http("/a b\r\nX: y"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ExpectedResponse.builder().goodStatuses(99));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Target.dns("a", "nowhere", 80).withProbePort(65_536))
        .withMessage("probePort: 65536 (expected: 0..65535, target a)");
  }

  @Test
  void builder_settingMadeTwice_isRejected() {
    assertThatIllegalStateException()
        .isThrownBy(() -> HealthChecker.builder("x").panicBelow(0.1).panicBelow(0.2))
        .withMessage("panicBelow: 0.2 (expected: set once, but already 0.1)");
    assertThatIllegalStateException()
        .isThrownBy(() ->
            ProbeSchedule.builder().interval(Duration.ofSeconds(1)).interval(Duration.ofSeconds(2)))
        .withMessage("interval: PT2S (expected: set once, but already PT1S)");
  }

  @Test
  void builder_settingsThatExcludeEachOther_areRejected() {
    PassiveRules.Builder rules = PassiveRules.builder().withoutProbes();
    assertThatIllegalStateException()
        .isThrownBy(rules::sharedVerdict)
        .withMessage("sharedVerdict, withoutProbes: both set (expected: only one)");
    assertThatIllegalStateException()
        .isThrownBy(() -> checker(LONG, rules).build())
        .withMessage("passive(withoutProbes), probe: both set (expected: only one)");
  }
}
