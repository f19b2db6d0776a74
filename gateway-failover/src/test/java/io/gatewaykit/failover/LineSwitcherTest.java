// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Selection of lines: spill, panic, capacity, failback in stages, flapping, latency. */
class LineSwitcherTest extends LineFixture {
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
}
