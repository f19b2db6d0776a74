// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Return of traffic to a recovered line: hold time, stages, rollback, flapping. */
class LineFailbackTest extends LineFixture {
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
}
