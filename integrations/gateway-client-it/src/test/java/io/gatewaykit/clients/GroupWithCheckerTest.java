// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.clients;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.EndpointPolicy;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Lease;
import io.gatewaykit.failover.Line;
import io.gatewaykit.failover.SelectContext;
import io.gatewaykit.healthcheck.HealthChecker;
import io.gatewaykit.healthcheck.PassiveRules;
import io.gatewaykit.healthcheck.ProbeEngine;
import io.gatewaykit.healthcheck.Target;
import io.gatewaykit.healthcheck.state.TargetState;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A group that takes its health from a checker, and reports every attempt to it. */
@Timeout(60)
class GroupWithCheckerTest {
  private static final Duration TRIAL_AFTER = Duration.ofMillis(700);

  /**
   * Does not advance during requests, because a trial without a report is replaced after a time.
   */
  private final ManualTicker ticker = new ManualTicker();

  private final ProbeEngine engine = ProbeEngine.builder().ticker(ticker).build();
  private final HealthChecker checker =
      HealthChecker.builder("shop")
          .engine(engine)
          .passive(PassiveRules.builder().withoutProbes().trialAfter(TRIAL_AFTER).build())
          .build();
  private final FailoverGroup<String> group =
      FailoverGroup.<String>builder("shop")
          .line(Line.of("a", 0, Endpoint.of("x", "x"), Endpoint.of("y", "y")))
          .health(checker)
          .report(checker)
          .endpoints(EndpointPolicy.builder().maxFails(1000).build())
          .ticker(ticker)
          .build();

  @BeforeEach
  void setTargets() {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 9);
    checker.setTargets(List.of(new Target("x", address), new Target("y", address)));
  }

  @AfterEach
  void close() {
    group.close();
    checker.close();
    engine.close();
  }

  private Lease<String> leaseOf(String id) {
    while (true) {
      Lease<String> lease = requireNonNull(group.select(new SelectContext()));
      if (lease.payload().equals(id)) {
        return lease;
      }
      lease.close();
    }
  }

  private void bringDown(String id) {
    for (int i = 0; i < 20 && checker.health(id).available(); i++) {
      leaseOf(id).end(Outcome.CONNECT_FAILURE, 0);
    }
    assertThat(checker.health(id)).isEqualTo(Health.UNHEALTHY);
  }

  private TargetState state(String id) {
    return requireNonNull(checker.target(id)).state();
  }

  /**
   * Advances the time until a trial is due. A timer that the engine sets after the time has passed
   * fires at the next tick, so one step does not suffice.
   */
  private void awaitTrialOf(String id) {
    ticker.advance(TRIAL_AFTER);
    await()
        .until(() -> {
          ticker.advance(Duration.ofMillis(10));
          return state(id) == TargetState.CHECKING;
        });
  }

  private long stale(String id) {
    return checker.snapshot().targets().stream()
        .filter(view -> view.target().id().equals(id))
        .mapToLong(view -> view.staleReports())
        .sum();
  }

  @Test
  void requestsFromBeforeTheReturn_failLate_areStale() {
    var old = new ArrayList<Lease<String>>();
    for (int i = 0; i < 21; i++) {
      old.add(leaseOf("x"));
    }
    bringDown("x");
    awaitTrialOf("x");
    await().until(() -> trial("x", Outcome.SUCCESS));
    assertThat(state("x")).isEqualTo(TargetState.HEALTHY);
    old.forEach(lease -> lease.end(Outcome.CONNECT_FAILURE, 0));
    assertThat(state("x")).isEqualTo(TargetState.HEALTHY);
    assertThat(stale("x")).isEqualTo(21);
  }

  /** Picks until x is picked, once its recovery has reached the group. */
  private boolean trial(String id, Outcome outcome) {
    for (int i = 0; i < 10; i++) {
      Lease<String> lease = requireNonNull(group.select(new SelectContext()));
      if (lease.payload().equals(id)) {
        lease.end(outcome, 0);
        return true;
      }
      lease.close();
    }
    return false;
  }

  @Test
  void concurrentRequests_afterTheTrialDelay_oneIsTheTrial() {
    bringDown("x");
    awaitTrialOf("x");
    var open = new ArrayList<Lease<String>>();
    await()
        .until(() -> {
          open.add(requireNonNull(group.select(new SelectContext())));
          return open.get(open.size() - 1).payload().equals("x");
        });
    for (int i = 0; i < 200; i++) {
      open.add(requireNonNull(group.select(new SelectContext())));
    }
    assertThat(open.stream().filter(lease -> lease.payload().equals("x"))).hasSize(1);
    assertThat(state("x")).isEqualTo(TargetState.MOSTLY_UNHEALTHY);
    open.stream()
        .filter(lease -> lease.payload().equals("x"))
        .forEach(lease -> lease.end(Outcome.SUCCESS, 0));
    assertThat(state("x")).as("the trial's own report counts").isEqualTo(TargetState.HEALTHY);
    open.forEach(Lease::close);
  }
}
