// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.failover.internal.schedule.VirtualScheduler;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TrafficClassTest {
  private static final String NOTIFICATION = "notification";

  private final ManualTicker ticker = new ManualTicker(Duration.ofSeconds(1).toNanos());
  private final ScriptedHealth health = new ScriptedHealth();

  /** A dear, narrow line for notifications only, and two public lines that share 3 to 1. */
  private static Topology<String> topology(LineTraffic dedicated) {
    return Topology.<String>builder()
        .line(
            "dedicated",
            line -> line.priority(1).price(20).traffic(dedicated).endpoint("d", "dedicated"))
        .line("relay", line -> line.weight(3).endpoint("r", "relay"))
        .line("direct", line -> line.weight(1).endpoint("p", "direct"))
        .build();
  }

  private FailoverGroupBuilder<String> builder(LineTraffic dedicated) {
    return FailoverGroup.builder("g", topology(dedicated))
        .lines(LinePolicy.builder().switcher(LineSwitcher.immediate()).build())
        .health(health)
        .ticker(ticker)
        .seed(1);
  }

  private static SelectContext request(String trafficClass) {
    return new SelectContext().trafficClass(trafficClass);
  }

  private static Map<String, Integer> picks(
      FailoverGroup<String> group, String trafficClass, int requests) {
    var picks = new TreeMap<String, Integer>();
    for (int i = 0; i < requests; i++) {
      Lease<String> lease = group.select(request(trafficClass));
      if (lease != null) {
        picks.merge(lease.payload(), 1, Integer::sum);
        lease.succeed(200);
      }
    }
    return picks;
  }

  @Test
  void dedicatedLine_carriesItsClassOnly_andTheOthersKeepTheirShares() {
    FailoverGroup<String> group =
        builder(LineTraffic.only(NOTIFICATION).preferredBy(NOTIFICATION)).build();
    assertThat(picks(group, NOTIFICATION, 100)).containsExactly(Map.entry("dedicated", 100));
    Map<String, Integer> chat = picks(group, "chat", 4000);
    assertThat(chat).containsOnlyKeys("relay", "direct");
    assertThat(chat.get("relay")).isCloseTo(3000, within(110)); // four standard deviations
    assertThat(group.snapshot().activeLine()).isEqualTo("relay");
    assertThat(group.explain(request("chat")).toString())
        .contains("dedicated: 0.0 % of the traffic")
        .contains("does not carry this class of requests");
    assertThat(group.explain(request(NOTIFICATION)).line()).isEqualTo("dedicated");
  }

  @Test
  void dedicatedLineDown_itsClassUsesTheOthers_andReturns() {
    FailoverGroup<String> group =
        builder(LineTraffic.only(NOTIFICATION).preferredBy(NOTIFICATION)).build();
    health.set("d", Health.UNHEALTHY);
    assertThat(picks(group, NOTIFICATION, 100)).containsOnlyKeys("relay", "direct");
    health.set("d", Health.HEALTHY);
    assertThat(picks(group, NOTIFICATION, 100)).containsOnlyKeys("dedicated");
  }

  @Test
  void allOthersDown_theBarIsNotBroken_inAnyPanicMode() {
    for (PanicMode mode : PanicMode.values()) {
      FailoverGroup<String> group =
          FailoverGroup.builder("g", topology(LineTraffic.only(NOTIFICATION)))
              .lines(
                  LinePolicy.builder().panic(mode, 0.1).switcher(LineSwitcher.immediate()).build())
              .health(health)
              .ticker(ticker)
              .seed(1)
              .build();
      health.set("r", Health.UNHEALTHY);
      health.set("p", Health.UNHEALTHY);
      assertThat(picks(group, "chat", 200)).doesNotContainKey("dedicated");
      assertThat(picks(group, NOTIFICATION, 100)).containsOnlyKeys("dedicated");
      health.set("d", Health.UNHEALTHY);
      ticker.advance(Duration.ofSeconds(2));
      assertThat(picks(group, "chat", 200)).doesNotContainKey("dedicated");
      health.set("d", Health.HEALTHY);
      health.set("r", Health.HEALTHY);
      health.set("p", Health.HEALTHY);
      group.close();
    }
  }

  @Test
  void barredClass_usesOtherLines() {
    FailoverGroup<String> group =
        FailoverGroup.builder(
                "g",
                Topology.<String>builder()
                    .line(
                        "a",
                        line ->
                            line.traffic(LineTraffic.all().excluding("bulk")).endpoint("a0", "a"))
                    .line("b", line -> line.priority(1).endpoint("b0", "b"))
                    .build())
            .ticker(ticker)
            .build();
    assertThat(picks(group, "bulk", 100)).containsOnlyKeys("b");
    assertThat(picks(group, "", 100)).containsOnlyKeys("a");
    assertThat(picks(group, "unknown", 100)).containsOnlyKeys("a");
  }

  @Test
  void budget_overflowsToTheNextLine() {
    FailoverGroup<String> group =
        builder(LineTraffic.only(NOTIFICATION).preferredBy(NOTIFICATION).withBudget(100)).build();
    assertThat(picks(group, NOTIFICATION, 150).get("dedicated")).isEqualTo(100);
    assertThat(group.explain(request(NOTIFICATION)).toString())
        .contains("budget spent: 100 per second");
    ticker.advance(Duration.ofMillis(500));
    assertThat(picks(group, NOTIFICATION, 150).get("dedicated")).isEqualTo(50);
  }

  @Test
  void charge_actualCostBecomesADebt() {
    FailoverGroup<String> group =
        builder(LineTraffic.only(NOTIFICATION).preferredBy(NOTIFICATION).withBudget(1000)).build();
    Lease<String> lease = requireNonNull(group.select(request(NOTIFICATION).cost(100)));
    assertThat(lease.payload()).isEqualTo("dedicated");
    lease.charge(2900);
    lease.succeed(200);
    assertThat(picks(group, NOTIFICATION, 10)).doesNotContainKey("dedicated");
    ticker.advance(Duration.ofMillis(1999));
    assertThat(picks(group, NOTIFICATION, 1)).doesNotContainKey("dedicated");
    ticker.advance(Duration.ofMillis(2));
    assertThat(picks(group, NOTIFICATION, 1)).containsOnlyKeys("dedicated");
  }

  @Test
  void rejectedSelection_refundsItsCost() {
    FailoverGroup<String> group =
        builder(LineTraffic.only(NOTIFICATION).preferredBy(NOTIFICATION).withBudget(10))
            .endpoints(EndpointPolicy.builder().maxInFlight(1).build())
            .build();
    Lease<String> lease = requireNonNull(group.select(request(NOTIFICATION)));
    for (int i = 0; i < 50; i++) { // finds the endpoint of the dedicated line full
      Lease<String> other = group.select(request(NOTIFICATION));
      if (other != null) {
        other.succeed(200);
      }
    }
    lease.succeed(200);
    assertThat(picks(group, NOTIFICATION, 9)).containsOnlyKeys("dedicated");
  }

  @Test
  void queue_waitingRequestWithoutALine_doesNotBlockThoseOfAnotherClass() {
    var scheduler = new VirtualScheduler(ticker);
    try (FailoverGroup<String> group =
        builder(LineTraffic.only(NOTIFICATION))
            .endpoints(
                EndpointPolicy.builder().maxInFlight(1).queue(Duration.ofMinutes(1), 10).build())
            .scheduler(scheduler)
            .build()) {
      var open = new ArrayList<Lease<String>>();
      for (String trafficClass : new String[] {NOTIFICATION, "chat", NOTIFICATION}) {
        open.add(requireNonNull(group.select(request(trafficClass))));
      }
      var called = new ArrayList<String>();
      for (String trafficClass : new String[] {"chat", NOTIFICATION}) {
        CompletableFuture<?> unused =
            group.executeAsync(
                request(trafficClass),
                Duration.ofMinutes(1),
                lease -> {
                  called.add(trafficClass + " " + lease.payload());
                  return new CompletableFuture<>();
                });
      }
      assertThat(called).isEmpty();
      @Nullable Lease<String> dedicated =
          open.stream().filter(l -> l.payload().equals("dedicated")).findFirst().orElse(null);
      requireNonNull(dedicated).succeed(200);
      assertThat(called).containsExactly("notification dedicated");
    }
  }

  /**
   * The lines of the example: the dedicated line has 200 kB/s and carries notifications only. One
   * minute of 150 chat messages of 2 kB and 100 notifications of 1 kB a second, with a burst of 400
   * notifications a second in the middle, and an outage of the dedicated line at the end.
   */
  @Test
  void simulation_dedicatedLine_keepsItsBudget_andNoRequestFails() {
    FailoverGroup<String> group =
        FailoverGroup.builder(
                "g",
                topology(
                    LineTraffic.only(NOTIFICATION).preferredBy(NOTIFICATION).withBudget(200_000)))
            .health(health)
            .ticker(ticker)
            .seed(1)
            .build();
    var window = new ArrayDeque<long[]>(); // time, bytes on the dedicated line
    long inWindow = 0;
    long mostInWindow = 0;
    var counts = new TreeMap<String, Integer>();
    for (int ms = 0; ms < 60_000; ms++) {
      ticker.advance(Duration.ofMillis(1));
      if (ms == 45_000) {
        health.set("d", Health.UNHEALTHY);
      }
      boolean burst = ms >= 20_000 && ms < 30_000;
      int notifications = burst ? (ms % 5 < 2 ? 1 : 0) : ms % 10 == 0 ? 1 : 0;
      for (int i = 0; i < notifications; i++) {
        Lease<String> lease = requireNonNull(group.select(request(NOTIFICATION).cost(1000)));
        String phase = ms >= 45_000 ? "outage" : burst ? "burst" : "normal";
        counts.merge(phase + " " + lease.payload(), 1, Integer::sum);
        if (lease.payload().equals("dedicated")) {
          window.add(new long[] {ms, 1000});
          inWindow += 1000;
        }
        lease.succeed(200);
      }
      while (!window.isEmpty() && window.element()[0] <= ms - 1000) {
        inWindow -= window.remove()[1];
      }
      mostInWindow = Math.max(mostInWindow, inWindow);
      if (ms % 20 < 3) {
        Lease<String> lease = requireNonNull(group.select(request("chat").cost(2000)));
        counts.merge("chat " + lease.payload(), 1, Integer::sum);
        lease.succeed(200);
      }
    }
    assertThat(counts).doesNotContainKey("chat dedicated");
    assertThat(counts.getOrDefault("chat relay", 0) + counts.getOrDefault("chat direct", 0))
        .isEqualTo(9000);
    // 100 kB/s are half of the budget: all of them use the dedicated line
    assertThat(counts.get("normal dedicated")).isEqualTo(3500);
    // 4,000 in ten seconds: 200 a second, and a second's worth that was saved
    assertThat(counts.getOrDefault("burst dedicated", 0)).isBetween(2195, 2205);
    assertThat(counts.getOrDefault("burst relay", 0))
        .isEqualTo(4000 - counts.getOrDefault("burst dedicated", 0));
    assertThat(counts).doesNotContainKeys("normal relay", "outage dedicated");
    assertThat(counts.getOrDefault("outage relay", 0) + counts.getOrDefault("outage direct", 0))
        .isEqualTo(1500);
    assertThat(mostInWindow).isLessThanOrEqualTo(400_000); // rate * (1 s + 1)
  }

  @Test
  void badValues_areRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LineTraffic.all().withBudget(-1))
        .withMessage("budget: -1 (expected: 0..1000000000000)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SelectContext().cost(-1))
        .withMessage("cost: -1 (expected: 0..1000000000000)");
  }
}
