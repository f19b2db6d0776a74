// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.GroupSnapshot.LineView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Selection of lines: spill, panic, capacity, failback in stages, flapping, latency. */
class LineSwitcherTest {
  private final ManualTicker ticker = new ManualTicker();
  private final ScriptedHealth health = new ScriptedHealth();
  private final List<String> events = new ArrayList<>();

  /** Priorities: a backup is used only when all better lines are unhealthy or already tried. */
  @Test
  void priorities_backupOnlyWhenBetterLinesAreUnavailable() {
    var group = builder(line("main", 0, "a", "b"), line("backup", 1, "c")).build();
    assertThat(share(group, "main")).isEqualTo(1);
    health.set("a", Health.UNHEALTHY);
    health.set("b", Health.UNHEALTHY);
    assertThat(share(group, "backup")).isEqualTo(1);
    health.set("c", Health.UNHEALTHY);
    assertThat(group.pick(new SelectContext())).isNotNull();
    health.allHealthy();
    ticker.advance(Duration.ofSeconds(1000));
    for (int i = 0; i < 100; i++) {
      share(group, "main");
      ticker.advance(Duration.ofSeconds(10));
    }
    var context = new SelectContext();
    var tried = new ArrayList<String>();
    for (int i = 0; i < 3; i++) {
      Lease<String> lease = requireNonNull(group.select(context));
      tried.add(lease.payload());
      lease.end(Outcome.CONNECT_FAILURE, 0);
    }
    assertThat(tried.subList(0, 2)).containsExactlyInAnyOrder("a", "b");
    assertThat(tried.get(2)).isEqualTo("c");
  }

  @Test
  void spill_halfOfALine_followsEnvoysFormula() {
    var group = builder(line("main", 0, "a", "b"), line("backup", 1, "c")).build();
    health.set("a", Health.UNHEALTHY);
    assertThat(share(group, "main")).isCloseTo(0.7, within(0.001));
    assertThat(share(group, "backup")).isCloseTo(0.3, within(0.001));
    int backup = 0;
    for (int i = 0; i < 10_000; i++) {
      backup += requireNonNull(group.pick(new SelectContext())).payload().equals("c") ? 1 : 0;
    }
    assertThat(backup).isBetween(2700, 3300);
    String text = group.explain(new SelectContext()).toString();
    assertThat(text).contains("main: 69.9 %").contains("endpoints lost");
  }

  @Test
  void keyedRequests_stayInTheirLineWhileItsShareGrows() {
    var group = builder(line("main", 0, "a"), line("backup", 1, "b")).build();
    health.set("a", Health.UNHEALTHY);
    share(group, "main");
    health.set("a", Health.HEALTHY);
    var onMain = new ArrayList<Long>();
    for (int second = 0; second < 90; second++) {
      for (long key : List.copyOf(onMain)) {
        assertThat(payload(group, key)).isEqualTo("a");
      }
      onMain.clear();
      for (long key = 0; key < 300; key++) {
        if (payload(group, key).equals("a")) {
          onMain.add(key);
        }
      }
      ticker.advance(Duration.ofSeconds(1));
    }
    assertThat(onMain).hasSize(300);
  }

  @DisplayName("R-41, R-42: failback: a line is held, then ramps up in stages")
  @Test
  void failback_singleEndpointLine_risesThenRampsInStages() {
    var group = builder(line("main", 0, "a"), line("backup", 1, "b")).build();
    health.set("a", Health.UNHEALTHY);
    assertThat(share(group, "main")).isZero();
    health.set("a", Health.HEALTHY);
    assertThat(share(group, "main")).isZero();
    ticker.advance(Duration.ofSeconds(29));
    assertThat(share(group, "main")).as("within the hold time").isZero();
    double[] stages = {0.1, 0.25, 0.5, 1};
    ticker.advance(Duration.ofSeconds(1));
    double before = 0;
    for (double stage : stages) {
      double share = share(group, "main");
      assertThat(share).isCloseTo(stage, within(0.002));
      assertThat(share - before).isLessThanOrEqualTo(0.501);
      before = share;
      ticker.advance(Duration.ofSeconds(10));
    }
    assertThat(share(group, "main")).isEqualTo(1);
  }

  @DisplayName("R-41, R-45: failback: a failing stage rolls back and extends the hold time")
  @Test
  void failback_failingStage_rollsBackAndExtendsTheHoldTime() {
    var group =
        builder(line("main", 0, "a"), line("backup", 1, "b"))
            .endpoints(EndpointPolicy.builder().maxFails(1000).build())
            .build();
    health.set("a", Health.UNHEALTHY);
    share(group, "main");
    health.set("a", Health.HEALTHY);
    share(group, "main");
    ticker.advance(Duration.ofSeconds(30));
    assertThat(share(group, "main")).isPositive();
    for (int i = 0; i < 1000; i++) {
      Lease<String> lease = requireNonNull(group.select(new SelectContext()));
      lease.end(lease.payload().equals("a") ? Outcome.FAILURE : Outcome.SUCCESS, 0);
    }
    ticker.advance(Duration.ofSeconds(1));
    assertThat(share(group, "main")).isZero();
    assertThat(reason(group, "main")).contains("rolled back at 10 %").contains("failure rate");
    ticker.advance(Duration.ofSeconds(31));
    assertThat(share(group, "main")).as("two flaps extend the hold time").isZero();
    ticker.advance(Duration.ofSeconds(30));
    assertThat(share(group, "main")).isPositive();
  }

  @Test
  void failback_muchSlowerStage_rollsBack() {
    var group = builder(line("main", 0, "a"), line("backup", 1, "b")).build();
    for (int i = 0; i < 2; i++) {
      health.set("a", i == 0 ? Health.UNHEALTHY : Health.HEALTHY);
      serve(group, 1, 5);
    }
    ticker.advance(Duration.ofSeconds(30));
    serve(group, 2000, 20);
    ticker.advance(Duration.ofSeconds(1));
    assertThat(share(group, "main")).isZero();
    assertThat(reason(group, "main")).contains("p95 latency");
  }

  @Test
  void failback_slightlySlowerStage_continues() {
    var group = builder(line("main", 0, "a"), line("backup", 1, "b")).build();
    for (int i = 0; i < 2; i++) {
      health.set("a", i == 0 ? Health.UNHEALTHY : Health.HEALTHY);
      serve(group, 1, 5);
    }
    ticker.advance(Duration.ofSeconds(30));
    serve(group, 2000, 4); // four times as long, but only by three milliseconds
    ticker.advance(Duration.ofSeconds(10));
    assertThat(share(group, "main")).isGreaterThanOrEqualTo(0.25);
  }

  @Test
  void failback_isEvaluatedByTheStage_notByEarlierTraffic() {
    var group = builder(line("main", 0, "a"), line("backup", 1, "b")).build();
    serve(group, 100, 200); // the line slows down before it fails
    for (int i = 0; i < 2; i++) {
      health.set("a", i == 0 ? Health.UNHEALTHY : Health.HEALTHY);
      serve(group, 1, 5);
    }
    ticker.advance(Duration.ofSeconds(30));
    serve(group, 2000, 1);
    ticker.advance(Duration.ofSeconds(10));
    assertThat(share(group, "main")).isGreaterThanOrEqualTo(0.25);
  }

  @DisplayName("R-40: eight minutes of flapping cause at most two switches")
  @Test
  void flapping_forEightMinutes_causesAtMostTwoSwitches() {
    var group = builder(line("main", 0, "a"), line("backup", 1, "b")).build();
    serve(group, 1, 1);
    int onDead = 0;
    for (int second = 0; second < 480; second++) {
      boolean up = second / 20 % 2 == 1;
      if (second % 20 == 0) {
        health.set("a", up ? Health.HEALTHY : Health.UNHEALTHY);
      }
      Lease<String> lease = requireNonNull(group.select(new SelectContext()));
      onDead += !up && lease.payload().equals("a") ? 1 : 0;
      lease.succeed(200);
      ticker.advance(Duration.ofSeconds(1));
    }
    for (int second = 0; second < 600; second++) {
      serve(group, 1, 1);
      ticker.advance(Duration.ofSeconds(1));
    }
    assertThat(onDead).isZero();
    assertThat(events).hasSize(2);
    assertThat(share(group, "main")).isEqualTo(1);
  }

  @DisplayName("R-30: failback: any available endpoint suffices")
  @Test
  void failback_anyAvailableEndpoint_suffices() {
    for (String back : List.of("a", "b", "c")) {
      var group = builder(line("main", 0, "a", "b", "c"), line("backup", 1, "d")).build();
      List.of("a", "b", "c").forEach(id -> health.set(id, Health.UNHEALTHY));
      share(group, "main");
      health.set(back, Health.HEALTHY);
      for (int i = 0; i < 100; i++) {
        share(group, "main");
        ticker.advance(Duration.ofSeconds(1));
      }
      assertThat(share(group, "main")).isPositive();
      health.allHealthy();
    }
  }

  @DisplayName("R-31: duplicate reports have no effect")
  @Test
  void duplicateReports_haveNoEffect() {
    var group = builder(line("main", 0, "a"), line("backup", 1, "b")).build();
    serve(group, 1, 1);
    for (int i = 0; i < 50; i++) {
      health.set("a", Health.HEALTHY);
      health.set("b", Health.UNHEALTHY);
      serve(group, 1, 1);
    }
    assertThat(events).isEmpty();
    assertThat(share(group, "main")).isEqualTo(1);
  }

  @DisplayName("R-21, R-22: panic with FAIL_OPEN keeps the traffic on its lines")
  @Test
  void panic_failOpen_keepsTheTrafficOnItsLines() {
    var group = builder(line("main", 0, "a"), line("backup", 1, "b")).build();
    health.set("a", Health.UNHEALTHY);
    assertThat(share(group, "backup")).isEqualTo(1);
    health.set("b", Health.UNHEALTHY);
    assertThat(share(group, "backup")).isEqualTo(1);
    assertThat(requireNonNull(group.pick(new SelectContext())).payload()).isEqualTo("b");
    assertThat(group.explain(new SelectContext()).rule()).contains("stays on its line");
    assertThat(events).containsExactly("panic");
  }

  @Test
  void panic_spread_sharesByWeight() {
    var group =
        builder(line("main", 0, "a", "b", "c"), line("backup", 1, "d"))
            .lines(LinePolicy.builder().panic(PanicMode.SPREAD, 0.5).build())
            .build();
    List.of("a", "b", "c", "d").forEach(id -> health.set(id, Health.UNHEALTHY));
    assertThat(share(group, "main")).isEqualTo(0.75);
    assertThat(share(group, "backup")).isEqualTo(0.25);
  }

  @Test
  void panic_reject_rejectsAndReports() {
    var group =
        builder(line("main", 0, "a", "b", "c", "d"))
            .lines(LinePolicy.builder().panic(PanicMode.REJECT, 0.5).build())
            .build();
    List.of("a", "b", "c").forEach(id -> health.set(id, Health.UNHEALTHY));
    assertThat(group.select(new SelectContext())).isNull();
    assertThat(group.pick(new SelectContext())).isNull();
    assertThat(group.explain(new SelectContext()).line()).isEmpty();
    health.set("a", Health.HEALTHY);
    assertThat(group.select(new SelectContext())).isNotNull();
    assertThat(events).containsExactly("panic", "panic over");
  }

  @Test
  void capacity_isNotExceededWhileAnotherLineHasCapacity() {
    var group =
        FailoverGroup.builder(
                "g",
                Topology.<String>builder()
                    .line("dedicated", l -> l.capacity(10).endpoint("a", "a"))
                    .line("public", l -> l.priority(1).capacity(20).endpoint("b", "b"))
                    .build())
            .lines(LinePolicy.builder().panic(PanicMode.REJECT, 0).build())
            .ticker(ticker)
            .build();
    var open = new ArrayList<Lease<String>>();
    for (int i = 0; i < 30; i++) {
      open.add(requireNonNull(group.select(new SelectContext())));
    }
    assertThat(open.subList(0, 10)).allMatch(lease -> lease.payload().equals("a"));
    assertThat(open.subList(10, 30)).allMatch(lease -> lease.payload().equals("b"));
    assertThat(group.select(new SelectContext())).isNull();
    assertThat(reason(group, "dedicated")).contains("full");
    open.get(3).close();
    open.get(3).close();
    assertThat(requireNonNull(group.select(new SelectContext())).payload()).isEqualTo("a");
  }

  @Test
  void labels_localLineOfTheSamePriorityComesFirst() {
    var group =
        FailoverGroup.builder(
                "g",
                Topology.<String>builder()
                    .line("us", l -> l.label("region", "us").endpoint("a", "a"))
                    .line("hk", l -> l.label("region", "hk").endpoint("b", "b"))
                    .build())
            .lines(LinePolicy.builder().locality(Locality.of("region", "hk")).build())
            .health(health)
            .ticker(ticker)
            .build();
    assertThat(share(group, "hk")).isEqualTo(1);
    health.set("b", Health.UNHEALTHY);
    assertThat(share(group, "us")).isEqualTo(1);
  }

  @Test
  void weights_linesOfOnePriorityShare() {
    var group =
        FailoverGroup.builder(
                "g",
                Topology.<String>builder()
                    .line("x", l -> l.weight(3).endpoint("a", "a"))
                    .line("y", l -> l.weight(1).endpoint("b", "b"))
                    .line("z", l -> l.weight(0).endpoint("c", "c"))
                    .build())
            .ticker(ticker)
            .build();
    assertThat(share(group, "x")).isEqualTo(0.75);
    assertThat(share(group, "y")).isEqualTo(0.25);
    assertThat(share(group, "z")).isZero();
  }

  @Test
  void fastest_switchesAfterConfirmation_notForASmallGain() {
    var group = fastest();
    probe(group, 60, 150, 145, 244);
    assertThat(share(group, "l0")).as("5 ms are below the margin").isEqualTo(1);
    probe(group, 9, 230, 145, 244);
    assertThat(share(group, "l1")).isZero();
    probe(group, 40, 230, 145, 244);
    assertThat(share(group, "l1")).isEqualTo(1);
    assertThat(reason(group, "l1")).contains("lower latency");
    probe(group, 20, 100, 145, 244);
    assertThat(share(group, "l0")).as("within the dwell time").isZero();
    probe(group, 60, 100, 145, 244);
    assertThat(share(group, "l0")).isEqualTo(1);
  }

  @Test
  void fastest_usesTheProbesOfTheHealthSignal() {
    var group = fastest();
    assertThat(health.subscribers()).isEqualTo(2);
    for (int second = 0; second < 90; second++) {
      health.probed("e0", Duration.ofMillis(230));
      health.probed("e1", Duration.ofMillis(145));
      health.probed("e2", Duration.ofMillis(244));
      health.probed("nobody", Duration.ofMillis(1));
      ticker.advance(Duration.ofSeconds(1));
      group.snapshot();
    }
    assertThat(share(group, "l1")).isEqualTo(1);
    group.close();
    assertThat(health.subscribers()).isZero();
  }

  @Test
  void fastest_multipliesByPrice() {
    var group =
        FailoverGroup.builder(
                "g",
                Topology.<String>builder()
                    .line("dear", l -> l.price(3).endpoint("e0", "e0"))
                    .line("cheap", l -> l.price(1).endpoint("e1", "e1"))
                    .build())
            .lines(LinePolicy.builder().switcher(LineSwitcher.builder().fastest().build()).build())
            .ticker(ticker)
            .build();
    probe(group, 90, 100, 200);
    assertThat(share(group, "cheap")).isEqualTo(1);
  }

  @Test
  void fastest_leaderDown_switchesImmediately() {
    var group = fastest();
    probe(group, 20, 150, 157, 244);
    health.set("e0", Health.UNHEALTHY);
    assertThat(share(group, "l1")).isEqualTo(1);
  }

  @DisplayName("R-56: a clock jump of an hour does not affect selection")
  @Test
  void clockJump_doesNotAffectSelection() {
    var group = builder(line("main", 0, "a"), line("backup", 1, "b")).build();
    serve(group, 10, 1);
    ticker.advance(Duration.ofHours(-1));
    serve(group, 10, 1);
    ticker.advance(Duration.ofHours(1));
    serve(group, 10, 1);
    assertThat(events).isEmpty();
  }

  @DisplayName("R-29: an empty update is rejected unless allowed")
  @Test
  void emptyUpdate_isRejectedUnlessAllowed() {
    var group = builder(line("main", 0, "a")).build();
    assertThatThrownBy(() -> group.update(List.of())).hasMessageContaining("no endpoint");
    assertThat(group.pick(new SelectContext())).isNotNull();
    var clearing =
        builder(line("main", 0, "a")).lines(LinePolicy.builder().allowEmpty().build()).build();
    assertThat(clearing.update(List.of()).removed()).containsExactly("a");
    assertThat(clearing.pick(new SelectContext())).isNull();
    assertThat(clearing.select(new SelectContext())).isNull();
    clearing.update(List.of(line("main", 0, "a")));
    assertThat(clearing.pick(new SelectContext())).isNotNull();
  }

  @DisplayName("R-13: all errors of a topology are reported together")
  @Test
  void topology_allErrors_areReportedTogether() {
    assertThatThrownBy(() ->
            Topology.<String>builder()
                .line("x", l -> l.priority(-1).weight(-5).endpoint("a", "1", -2))
                .line("x", l -> l.capacity(-1).price(0).endpoint("a", "2"))
                .build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("priority: -1")
        .hasMessageContaining("weight: -5")
        .hasMessageContaining("weight: -2")
        .hasMessageContaining("capacity: -1")
        .hasMessageContaining("price: 0")
        .hasMessageContaining("line \"x\" is defined twice")
        .hasMessageContaining("endpoint \"a\" is defined twice");
  }

  @Test
  void close_endsTheSubscription() {
    var group = builder(line("main", 0, "a")).build();
    assertThat(health.subscribers()).isEqualTo(1);
    group.close();
    assertThat(health.subscribers()).isZero();
    assertThat(group.pick(new SelectContext())).isNotNull();
  }

  @Test
  void builder_invalidRamp_isRejected() {
    assertThatThrownBy(() -> LineSwitcher.builder().ramp(Duration.ofSeconds(1), 0.5, 0.2, 1))
        .hasMessageContaining("shares: [0.5, 0.2, 1.0] (expected: rising, the last one 1)");
    assertThatThrownBy(() -> LineSwitcher.builder().flaps(Duration.ofSeconds(60), 2, 3))
        .hasMessageContaining("reuse: 3.0");
  }

  @DisplayName("R-93: a switch by latency does not affect connections of the previous line")
  @Test
  void fastest_switch_doesNotAffectOpenConnections() {
    var group = fastest();
    Lease<String> connection = requireNonNull(group.select(new SelectContext()));
    assertThat(connection.line()).isEqualTo("l0");
    var notified = new ArrayList<Duration>();
    connection.asConnection(notified::add);
    probe(group, 90, 230, 145, 244);
    assertThat(share(group, "l0")).isZero();
    assertThat(notified).isEmpty();
    assertThat(group.snapshot().lines().get(0).traffic().inFlight()).isEqualTo(1);
    connection.close();
  }

  private FailoverGroup<String> fastest() {
    return builder(line("l0", 0, "e0"), line("l1", 0, "e1"), line("l2", 0, "e2"))
        .lines(LinePolicy.builder().switcher(LineSwitcher.builder().fastest().build()).build())
        .build();
  }

  /** Advances the time by N seconds and probes every line once a second. */
  private void probe(FailoverGroup<String> group, int seconds, int... millis) {
    for (int second = 0; second < seconds; second++) {
      for (int i = 0; i < millis.length; i++) {
        group.observeProbe("e" + i, millis[i] * 1_000_000L);
      }
      ticker.advance(Duration.ofSeconds(1));
      group.snapshot();
    }
  }

  private void serve(FailoverGroup<String> group, int requests, int millisOnA) {
    for (int i = 0; i < requests; i++) {
      Lease<String> lease = requireNonNull(group.select(new SelectContext()));
      ticker.advanceNanos(lease.payload().equals("a") ? millisOnA * 1_000_000L : 1_000_000L);
      lease.succeed(200);
    }
  }

  private static String payload(FailoverGroup<String> group, long key) {
    return requireNonNull(group.pick(new SelectContext().key(key))).payload();
  }

  private static double share(FailoverGroup<String> group, String line) {
    return group.snapshot().lines().stream()
        .filter(view -> view.id().equals(line))
        .mapToDouble(LineView::share)
        .findFirst()
        .orElseThrow();
  }

  private static String reason(FailoverGroup<String> group, String line) {
    return group.explain(new SelectContext()).lines().stream()
        .filter(reason -> reason.line().equals(line))
        .map(Explanation.Reason::why)
        .findFirst()
        .orElseThrow();
  }

  @SafeVarargs
  private FailoverGroupBuilder<String> builder(Line<String>... lines) {
    FailoverGroupBuilder<String> builder =
        FailoverGroup.<String>builder("g")
            .health(health)
            .ticker(ticker)
            .seed(7)
            .listener(
                new FailoverListener() {
                  @Override
                  public void onSwitch(LineSwitchEvent event) {
                    events.add(event.from() + ">" + event.to());
                  }

                  @Override
                  public void onPanic(PanicEvent event) {
                    events.add(event.started() ? "panic" : "panic over");
                  }
                });
    for (Line<String> line : lines) {
      builder.line(line);
    }
    return builder;
  }

  private static Line<String> line(String id, int priority, String... endpoints) {
    return new Line<>(
        id,
        priority,
        IntStream.range(0, endpoints.length)
            .mapToObj(i -> Endpoint.of(endpoints[i], endpoints[i]))
            .toList());
  }
}
