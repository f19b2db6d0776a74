// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.LoadReport;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.breaker.CircuitBreaker;
import io.gatewaykit.failover.breaker.CircuitBreakerState;
import io.gatewaykit.failover.internal.schedule.VirtualScheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Faults that users of comparable software have reported; each name contains the report. */
class PeersReportsTest {
  private static final long MILLI = 1_000_000;

  private final ManualTicker ticker = new ManualTicker(Duration.ofSeconds(1).toNanos());
  private final VirtualScheduler scheduler = new VirtualScheduler(ticker);
  private final ScriptedHealth health = new ScriptedHealth();

  private FailoverGroupBuilder<String> group(EndpointPolicy policy) {
    return FailoverGroup.<String>builder("g")
        .endpoints(policy)
        .health(health)
        .ticker(ticker)
        .scheduler(scheduler)
        .seed(2);
  }

  private Map<String, Integer> serve(FailoverGroup<String> group, int requests) {
    var served = new TreeMap<String, Integer>();
    for (int i = 0; i < requests; i++) {
      ticker.advanceNanos(MILLI);
      Lease<String> lease = requireNonNull(group.select(new SelectContext()));
      served.merge(lease.payload(), 1, Integer::sum);
      lease.succeed(200);
    }
    return served;
  }

  private CircuitBreaker halfOpenBreaker() {
    CircuitBreaker breaker =
        CircuitBreaker.builder()
            .ticker(ticker)
            .consecutiveFailures(1)
            .openFor(Duration.ofSeconds(10), Duration.ofSeconds(10))
            .halfOpen(2, Duration.ofSeconds(30))
            .build();
    breaker.report(breaker.tryAcquire(), Outcome.FAILURE, MILLI);
    assertThat(breaker.state()).isEqualTo(CircuitBreakerState.OPEN);
    ticker.advance(Duration.ofSeconds(20));
    return breaker;
  }

  @DisplayName("resilience4j#544: the last half-open trial is ignored; the breaker is not stuck")
  @Test
  void breaker_lastTrialIsCancelled_admitsAnother() {
    CircuitBreaker breaker = halfOpenBreaker();
    long first = breaker.tryAcquire();
    long second = breaker.tryAcquire();
    assertThat(breaker.tryAcquire()).isEqualTo(CircuitBreaker.REJECTED);
    breaker.report(first, Outcome.SUCCESS, MILLI);
    breaker.report(second, Outcome.CANCELLED, MILLI);
    long third = breaker.tryAcquire();
    assertThat(third).isNotEqualTo(CircuitBreaker.REJECTED);
    breaker.report(third, Outcome.SUCCESS, MILLI);
    assertThat(breaker.state()).isEqualTo(CircuitBreakerState.CLOSED);
  }

  @DisplayName("resilience4j#935: trials that are never reported do not keep the breaker half-open")
  @Test
  void breaker_trialsAreLost_admitsOthersAfterTheLimit() {
    CircuitBreaker breaker = halfOpenBreaker();
    assertThat(breaker.tryAcquire()).isNotEqualTo(CircuitBreaker.REJECTED);
    assertThat(breaker.tryAcquire()).isNotEqualTo(CircuitBreaker.REJECTED);
    boolean closed = false;
    for (int second = 0; second < 120 && !closed; second++) {
      ticker.advance(Duration.ofSeconds(1));
      long permit = breaker.tryAcquire();
      if (permit != CircuitBreaker.REJECTED) {
        breaker.report(permit, Outcome.SUCCESS, MILLI);
      }
      closed = breaker.state() == CircuitBreakerState.CLOSED;
    }
    assertThat(closed).isTrue();
  }

  @DisplayName("finagle#524: a trial that cannot connect ends, and another follows")
  @Test
  void breaker_trialFailsToConnect_isTriedAgain() {
    CircuitBreaker breaker = halfOpenBreaker();
    breaker.report(breaker.tryAcquire(), Outcome.CONNECT_FAILURE, MILLI);
    ticker.advance(Duration.ofSeconds(20));
    long next = breaker.tryAcquire();
    assertThat(next).isNotEqualTo(CircuitBreaker.REJECTED);
    breaker.report(next, Outcome.SUCCESS, MILLI);
    breaker.report(breaker.tryAcquire(), Outcome.SUCCESS, MILLI);
    assertThat(breaker.state()).isEqualTo(CircuitBreakerState.CLOSED);
  }

  private static Line<String> weighted(String... ids) {
    var endpoints = new ArrayList<Endpoint<String>>();
    for (String id : ids) {
      endpoints.add(Endpoint.of(id, id));
    }
    return new Line<>("a", 0, endpoints);
  }

  private static EndpointPolicy slowStart() {
    return EndpointPolicy.builder().slowStart(Duration.ofSeconds(10)).build();
  }

  @DisplayName("armeria#6014: a slow start of weight 1 is not a weight of 0")
  @Test
  void slowStart_onlyEndpointOfWeightOne_isSelected() {
    try (FailoverGroup<String> group = group(slowStart()).line(weighted("x")).build()) {
      health.set("x", Health.UNHEALTHY);
      serve(group, 1);
      health.set("x", Health.HEALTHY);
      assertThat(serve(group, 100)).isEqualTo(Map.of("x", 100));
    }
  }

  @DisplayName("armeria#4102: all endpoints are replaced during a slow start")
  @Test
  void slowStart_allReplacedRepeatedly_servesEveryRequest() {
    try (FailoverGroup<String> group = group(slowStart()).line(weighted("x0", "y0")).build()) {
      for (int i = 1; i < 50; i++) {
        group.update(List.of(weighted("x" + i, "y" + i)));
        assertThat(serve(group, 20)).containsOnlyKeys("x" + i, "y" + i);
        ticker.advance(Duration.ofMillis(500));
      }
    }
  }

  @DisplayName("armeria#5688: an update restarts the slow start of added endpoints only")
  @Test
  void slowStart_endpointIsAdded_othersKeepTheirShare() {
    try (FailoverGroup<String> group = group(slowStart()).line(weighted("x", "y")).build()) {
      serve(group, 10);
      ticker.advance(Duration.ofMinutes(1));
      group.update(List.of(weighted("x", "y", "z")));
      Map<String, Integer> served = serve(group, 900);
      assertThat(served.getOrDefault("z", 0)).isLessThan(150);
      assertThat(served.get("x")).isBetween(350, 460);
    }
  }

  @DisplayName("envoy#40697: later ejections need no more failures than the first")
  @Test
  void ejection_endpointFailsAgainAfterItsReturn_isEjectedAtOnce() {
    try (FailoverGroup<String> group =
        group(EndpointPolicy.defaults()).line(weighted("x", "y")).build()) {
      for (int round = 0; round < 5; round++) {
        int failures = 0;
        for (int i = 0; i < 40; i++) {
          ticker.advanceNanos(MILLI);
          Lease<String> lease = requireNonNull(group.select(new SelectContext()));
          boolean bad = lease.payload().equals("x");
          failures += bad ? 1 : 0;
          lease.end(bad ? Outcome.FAILURE : Outcome.SUCCESS, bad ? 504 : 200);
        }
        assertThat(failures).as("round %d", round).isEqualTo(round == 0 ? 3 : 1);
        ticker.advance(Duration.ofSeconds(11));
      }
    }
  }

  @DisplayName("haproxy#1176: an endpoint that reports a low load stays down while it is unhealthy")
  @Test
  void reportLoad_ofAnUnhealthyEndpoint_doesNotReadmitIt() {
    EndpointPolicy policy = EndpointPolicy.builder().balanceLoad(Duration.ofMinutes(1)).build();
    try (FailoverGroup<String> group = group(policy).line(weighted("x", "y")).build()) {
      health.set("x", Health.UNHEALTHY);
      for (int second = 0; second < 30; second++) {
        group.reportLoad("x", new LoadReport(0));
        group.reportLoad("y", new LoadReport(0.9));
        assertThat(serve(group, 10)).containsOnlyKeys("y");
        ticker.advance(Duration.ofSeconds(1));
      }
    }
  }

  @DisplayName("finagle#748: requests wait while all endpoints are replaced")
  @Test
  void queue_allEndpointsAreReplaced_waitingRequestUsesANewOne() {
    EndpointPolicy policy =
        EndpointPolicy.builder().maxInFlight(1).queue(Duration.ofMinutes(1), 10).build();
    try (FailoverGroup<String> group = group(policy).line(weighted("x")).build()) {
      Lease<String> held = requireNonNull(group.select(new SelectContext()));
      CompletableFuture<String> waiting =
          group.executeAsync(
              true,
              Duration.ofSeconds(30),
              lease -> CompletableFuture.completedFuture(lease.payload()));
      assertThat(waiting).isNotDone();
      group.update(List.of(weighted("y")));
      scheduler.advance(Duration.ofSeconds(1));
      assertThat(waiting).isCompletedWithValue("y");
      held.close();
    }
  }

  @DisplayName("haproxy#2729: a backup is not used while others work, also right after the start")
  @Test
  void start_healthNotYetKnown_backupLineIsUnused() {
    health.set("x", Health.UNKNOWN);
    health.set("y", Health.UNKNOWN);
    try (FailoverGroup<String> group =
        group(EndpointPolicy.defaults())
            .line(weighted("x", "y"))
            .line(Line.of("backup", 1, Endpoint.of("b", "b")))
            .build()) {
      assertThat(serve(group, 100)).containsOnlyKeys("x", "y");
      health.set("x", Health.HEALTHY);
      assertThat(serve(group, 2_000)).containsOnlyKeys("x", "y");
    }
  }
}
