// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class FailoverGroupTest {
  private final ManualTicker ticker = new ManualTicker();
  private final ScriptedHealth health = new ScriptedHealth();
  private final List<String> events = new ArrayList<>();
  private final List<String> reports = new ArrayList<>();

  private final FailoverGroup<String> group =
      FailoverGroup.<String>builder("chat")
          .line(Line.of("public-us", 2, Endpoint.of("c", "C")))
          .line(Line.of("dedicated-hk", 0, Endpoint.of("a1", "A1"), Endpoint.of("a2", "A2")))
          .line(Line.of("via-de", 1, Endpoint.of("b", "B")))
          .retry(RetryPolicy.builder().maxAttempts(4).build())
          .ticker(ticker)
          .health(health)
          .lines(
              LinePolicy.builder()
                  .switcher(LineSwitcher.immediate())
                  .overprovision(1000)
                  .build()) // a line keeps its traffic until its last endpoint is down
          .report((id, outcome, status, nanos) -> reports.add(id + " " + outcome + " " + status))
          .listener(
              new FailoverListener() {
                @Override
                public void onSwitch(LineSwitchEvent event) {
                  events.add(event.from() + ">" + event.to());
                }

                @Override
                public void onEjection(EjectionEvent event) {
                  events.add("aside " + event.endpointId());
                }

                @Override
                public void onPanic(PanicEvent event) {
                  events.add(event.started() ? "panic" : "panic over");
                  throw new IllegalStateException("a listener's own trouble");
                }
              })
          .build();

  @Test
  void next_healthy_staysInTheBestLineAndAlternates() {
    List<String> picks = Stream.generate(this::pickOne).limit(4).toList();
    assertThat(picks.subList(0, 2)).containsExactlyInAnyOrder("A1", "A2");
    assertThat(picks.subList(2, 4)).isEqualTo(picks.subList(0, 2));
  }

  @Test
  void next_afterFailures_otherEndpointThenNextLines_eachOnce() {
    Attempts<String> attempts = group.begin(true);
    var tried = new ArrayList<String>();
    for (Lease<String> lease = attempts.next(); lease != null; lease = attempts.next()) {
      tried.add(lease.line() + "/" + lease.payload());
      lease.end(Outcome.FAILURE, 500);
    }
    assertThat(tried.subList(0, 2)).containsExactlyInAnyOrder("dedicated-hk/A1", "dedicated-hk/A2");
    assertThat(tried.subList(2, 4)).containsExactly("via-de/B", "public-us/C");
    assertThat(reports)
        .containsExactlyInAnyOrder(
            "a1 FAILURE 500", "a2 FAILURE 500", "b FAILURE 500", "c FAILURE 500");
  }

  @Test
  void next_lineUnhealthy_switchesAndFailsBack() {
    pickOne();
    health.set("a1", Health.UNHEALTHY);
    health.set("a2", Health.DRAINING);
    assertThat(pickOne()).isEqualTo("B");
    health.allHealthy();
    assertThat(pickOne()).startsWith("A");
    assertThat(events).containsExactly("dedicated-hk>via-de", "via-de>dedicated-hk");
  }

  @Test
  void next_nothingAvailable_failsOpenButNotToDraining() {
    for (String id : List.of("a1", "b", "c")) {
      health.set(id, Health.UNHEALTHY);
    }
    health.set("a2", Health.DRAINING);
    assertThat(pickOne()).isEqualTo("A1");
    assertThat(pickOne()).isEqualTo("A1");
    assertThat(events).containsExactly("panic");
    assertThat(group.snapshot().panics()).isEqualTo(2);
    assertThat(group.snapshot().panicking()).isTrue();
    health.allHealthy();
    assertThat(pickOne()).startsWith("A");
    assertThat(events).containsExactly("panic", "panic over");
  }

  @Test
  void ended_consecutiveFailures_ejectWithoutAChecker() {
    for (int i = 0; i < 3; i++) {
      fail("A1");
    }
    assertThat(events).containsExactly("aside a1");
    assertThat(Stream.generate(this::pickOne).limit(5)).containsOnly("A2");
    ticker.advance(Duration.ofSeconds(10));
    fail("A1");
    assertThat(Stream.generate(this::pickOne).limit(5))
        .as("a single further failure suffices")
        .containsOnly("A2");
    ticker.advance(Duration.ofSeconds(10));
    assertThat(Stream.generate(this::pickOne).limit(9)).contains("A1", "A2");
  }

  @Test
  void ended_localOutcomes_areIgnored() {
    for (int i = 0; i < 10; i++) {
      Lease<String> lease = requireNonNull(group.begin(true).next());
      lease.end(i % 2 == 0 ? Outcome.CANCELLED : Outcome.REJECTED_REMOTE, 0);
    }
    assertThat(events).isEmpty();
  }

  @Test
  void lease_repeatedReport_isIgnored() {
    Lease<String> lease = requireNonNull(group.begin(true).next());
    assertThat(group.snapshot().lines().get(0).traffic().inFlight()).isEqualTo(1);
    lease.succeed(200);
    lease.end(Outcome.FAILURE, 500);
    lease.close();
    var view = group.snapshot().lines().get(0).traffic();
    assertThat(view.inFlight()).isZero();
    assertThat(view.successes()).isEqualTo(1);
    assertThat(reports).containsExactly(lease.endpoint().id() + " SUCCESS 200");
  }

  @Test
  void execute_idempotent_triesUntilOneSucceeds() throws Exception {
    String result =
        group.execute(
            true,
            lease -> {
              if (!lease.payload().equals("B")) {
                throw new IOException(lease.payload());
              }
              return lease.line();
            });
    assertThat(result).isEqualTo("via-de");
    assertThat(reports)
        .containsExactlyInAnyOrder("a1 FAILURE 0", "a2 FAILURE 0", "b SUCCESS 0")
        .endsWith("b SUCCESS 0");
  }

  @Test
  void execute_notIdempotent_retriesOnlyConnectFailures() {
    AtomicInteger calls = new AtomicInteger();
    assertThatThrownBy(() ->
            group.execute(
                false,
                lease -> {
                  throw calls.getAndIncrement() == 0
                      ? new ConnectException("refused")
                      : new IOException("broke off");
                }))
        .isInstanceOf(IOException.class)
        .hasMessage("broke off")
        .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
    assertThat(reports.get(0)).endsWith("CONNECT_FAILURE 0");
    assertThat(reports.get(1)).endsWith(" FAILURE 0");
    assertThat(reports).hasSize(2);
  }

  @Test
  void execute_error_releasesTheLease() {
    assertThatThrownBy(() ->
            group.execute(
                true,
                lease -> {
                  throw new StackOverflowError();
                }))
        .isInstanceOf(StackOverflowError.class);
    assertThat(group.snapshot().lines().get(0).traffic().inFlight()).isZero();
  }

  @Test
  void update_retainsStatisticsOfRetainedEndpoints() {
    for (int i = 0; i < 2; i++) {
      requireNonNull(group.begin(true).next()).succeed(200);
    }
    TopologyChange change =
        group.update(List.of(Line.of("new", 0, Endpoint.of("a1", "A1b"), Endpoint.of("z", "Z"))));
    assertThat(change)
        .isEqualTo(
            new TopologyChange(
                List.of("z"),
                List.of("c", "a2", "b"),
                List.of("a1"),
                List.of("new"),
                List.of("public-us", "dedicated-hk", "via-de")));
    var endpoints = group.snapshot().lines().get(0).endpoints();
    assertThat(endpoints.get(0).successes()).isEqualTo(1);
    assertThat(endpoints.get(1).picks()).isZero();
    assertThat(Stream.generate(this::pickOne).limit(2)).containsExactlyInAnyOrder("A1b", "Z");
  }

  @Test
  void update_invalid_isRejectedWithAllErrors() {
    assertThatThrownBy(() ->
            group.update(
                List.of(
                    Line.of("x", 0, Endpoint.of("e", "1")),
                    Line.of("x", 1, Endpoint.of("e", "2")))))
        .hasMessage("line \"x\" is defined twice; endpoint \"e\" is defined twice");
    assertThatThrownBy(() -> group.update(List.of())).hasMessageContaining("no endpoint");
    assertThat(pickOne()).startsWith("A");
  }

  @Test
  void builder_settingSetTwiceOrExcluded_isRejected() {
    Line<String> line = Line.of("l", 0, Endpoint.of("e", "x"));
    assertThatThrownBy(() ->
            FailoverGroup.<String>builder("g")
                .endpoints(EndpointPolicy.builder().maxFails(2).maxFails(3).build()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("maxFails: 3 (expected: set once, but already 2)");
    assertThatThrownBy(() -> FailoverGroup.builder("g", new Topology<>(List.of(line))).line(line))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("line, topology: both set (expected: only one)");
  }

  @Test
  void builders_haveAtMostTwelveSettersAndRejectDuplicates() {
    for (Class<?> builder :
        List.of(
            FailoverGroupBuilder.class,
            EndpointPolicy.Builder.class,
            LinePolicy.Builder.class,
            RetryPolicy.Builder.class,
            LineSwitcher.Builder.class)) {
      assertThat(builder.getMethods())
          .filteredOn(method -> method.getReturnType() == builder)
          .hasSizeBetween(1, 12);
    }
    var ten = Duration.ofSeconds(10);
    List<ThrowingCallable> twice =
        List.of(
            () -> LineSwitcher.builder().fastest().fastest(),
            () -> LineSwitcher.builder().margin(0.1, ten).margin(0.1, ten),
            () -> LineSwitcher.builder().confirm(1).confirm(1),
            () -> LineSwitcher.builder().minSamples(1).minSamples(1),
            () -> LineSwitcher.builder().dwell(ten).dwell(ten),
            () -> LineSwitcher.builder().rise(ten).rise(ten),
            () -> LineSwitcher.builder().flaps(ten, 2, 1).flaps(ten, 2, 1),
            () -> LineSwitcher.builder().ramp(ten, 1).ramp(ten, 1),
            () -> LineSwitcher.builder().rollBack(0, 1).rollBack(0, 1),
            () -> EndpointPolicy.builder().maxInFlight(1).maxInFlight(1),
            () -> EndpointPolicy.builder().slowStart(ten).slowStart(ten),
            () -> LinePolicy.builder().allowEmpty().allowEmpty(),
            () -> LinePolicy.builder().overprovision(2).overprovision(2),
            () -> RetryPolicy.builder().revisit().revisit());
    for (ThrowingCallable call : twice) {
      assertThatThrownBy(call)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("set once");
    }
  }

  @Test
  void builder_invalidValues_areRejected() {
    var builder = FailoverGroup.<String>builder("g");
    assertThatThrownBy(() -> RetryPolicy.builder().maxAttempts(0))
        .hasMessage("maxAttempts: 0 (expected: 1..20)");
    assertThatThrownBy(
            () -> builder.endpoints(EndpointPolicy.builder().ejectFor(Duration.ZERO).build()))
        .hasMessageContaining("ejectFor: PT0S");
    assertThatThrownBy(() -> Line.of("l", -1, Endpoint.of("e", "x")))
        .hasMessageContaining("priority: -1");
  }

  private String pickOne() {
    try (Lease<String> lease = requireNonNull(group.begin(true).next())) {
      lease.end(Outcome.CANCELLED, OutcomeReport.NO_STATUS);
      return lease.payload();
    }
  }

  /** Fails the next attempt at this payload; attempts at others of its line are cancelled. */
  private void fail(String payload) {
    while (true) {
      Lease<String> lease = requireNonNull(group.begin(true).next());
      if (lease.payload().equals(payload)) {
        lease.end(Outcome.FAILURE, 500);
        return;
      }
      lease.close();
    }
  }

  @Test
  void update_weightChanges_roundRobinContinuesWhereItWas() {
    try (FailoverGroup<String> three =
        FailoverGroup.<String>builder("three").ticker(ticker).line(weighted(1)).build()) {
      String order = "";
      for (int i = 0; i < 3; i++) {
        order += next(three);
      }
      for (int i = 0; i < 30; i++) {
        three.update(List.of(weighted(2)));
        three.update(List.of(weighted(1)));
        assertThat(next(three)).isEqualTo(order.substring(i % 3, i % 3 + 1));
      }
    }
  }

  private static Line<String> weighted(int weightOfA) {
    return Line.of(
        "l",
        0,
        Endpoint.of("a", "A").withWeight(weightOfA),
        Endpoint.of("b", "B"),
        Endpoint.of("c", "C"));
  }

  private static String next(FailoverGroup<String> group) {
    Lease<String> lease = requireNonNull(group.select(new SelectContext()));
    lease.succeed(200);
    return lease.payload();
  }

  @Test
  void execute_contextReusedWithoutReset_isReported() {
    var context = new SelectContext();
    for (int i = 0; i < 2; i++) {
      requireNonNull(group.begin(context, Duration.ofSeconds(1)).next()).succeed(200);
    }
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 4; i++) {
                group.execute(context, Duration.ofSeconds(1), lease -> "ok");
              }
            })
        .isInstanceOf(NoEndpointException.class)
        .hasMessageContaining("reset");
  }

  @Test
  void topology_idOfALineAndOfAnEndpoint_isRejected() {
    assertThatThrownBy(() -> group.update(List.of(Line.of("hk", 0, Endpoint.of("hk", "h")))))
        .hasMessageContaining("\"hk\" is the id of a line and of an endpoint");
  }
}
