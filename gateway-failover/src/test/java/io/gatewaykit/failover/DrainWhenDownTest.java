// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.failover.internal.schedule.VirtualScheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Drains of connections when the health signal reports an endpoint as down. */
class DrainWhenDownTest {
  private final ManualTicker ticker = new ManualTicker();
  private final VirtualScheduler scheduler = new VirtualScheduler(ticker);
  private final ScriptedHealth health = new ScriptedHealth();
  private final List<String> notified = new ArrayList<>();

  private FailoverGroupBuilder<String> builder() {
    return FailoverGroup.<String>builder("g")
        .line(Line.of("first", 0, Endpoint.of("a", "A"), Endpoint.of("b", "B")))
        .ticker(ticker)
        .health(health)
        .scheduler(scheduler);
  }

  private FailoverGroup<String> draining() {
    return builder()
        .endpoints(
            EndpointPolicy.builder()
                .drainOnUnhealthy(new Draining(Duration.ofSeconds(60), 1))
                .build())
        .build();
  }

  private Lease<String> connect(FailoverGroup<String> group, int number) {
    Lease<String> lease = requireNonNull(group.select(new SelectContext()));
    lease.asConnection(left -> notified.add(lease.payload() + number));
    return lease;
  }

  private List<Lease<String>> connect(FailoverGroup<String> group) {
    var leases = new ArrayList<Lease<String>>();
    for (int i = 0; i < 20; i++) {
      leases.add(connect(group, i));
    }
    return leases;
  }

  @ParameterizedTest
  @EnumSource(
      value = Health.class,
      names = {"UNHEALTHY", "DRAINING"})
  void down_connectionsAreNotifiedOverTime(Health down) {
    FailoverGroup<String> group = draining();
    connect(group);
    health.set("a", down);
    scheduler.advance(Duration.ofSeconds(3));
    assertThat(notified).hasSizeBetween(2, 7).allMatch(each -> each.startsWith("A"));
    scheduler.advance(Duration.ofSeconds(60));
    assertThat(notified).hasSize(10).doesNotHaveDuplicates();
    assertThat(scheduler.waiting()).isZero();
  }

  @Test
  void upAgain_remainingConnectionsStay() {
    FailoverGroup<String> group = draining();
    connect(group);
    health.set("a", Health.UNHEALTHY);
    scheduler.advance(Duration.ofSeconds(2));
    health.set("a", Health.HEALTHY);
    scheduler.advance(Duration.ofMillis(10));
    int asked = notified.size();
    scheduler.advance(Duration.ofMinutes(2));
    assertThat(notified).hasSize(asked).hasSizeLessThan(9);
  }

  @Test
  void flapping_neverDrainsConcurrently() {
    FailoverGroup<String> group = draining();
    connect(group);
    for (int i = 0; i < 50; i++) {
      health.set("a", Health.UNHEALTHY);
      health.set("a", Health.HEALTHY);
    }
    health.set("a", Health.UNHEALTHY);
    scheduler.advance(Duration.ofSeconds(3));
    assertThat(notified).as("one per second").hasSizeBetween(2, 7);
  }

  @Test
  void operatorsDrain_isNotEndedByHealth() {
    FailoverGroup<String> group = draining();
    connect(group);
    var drained = group.drain("a", Duration.ofSeconds(60), 1);
    health.set("a", Health.UNHEALTHY);
    scheduler.advance(Duration.ofSeconds(1));
    health.set("a", Health.HEALTHY);
    scheduler.advance(Duration.ofSeconds(1));
    assertThat(drained).isNotDone();
    scheduler.advance(Duration.ofSeconds(60));
    assertThat(drained).isCompletedWithValue(10);
    assertThat(notified).hasSizeGreaterThanOrEqualTo(10);
  }

  @Test
  void notConfigured_connectionsStay() {
    FailoverGroup<String> group = builder().build();
    connect(group);
    health.set("a", Health.UNHEALTHY);
    scheduler.advance(Duration.ofMinutes(5));
    assertThat(notified).isEmpty();
  }

  @Test
  void closed_connectionsStay() {
    FailoverGroup<String> group = draining();
    List<Lease<String>> leases = connect(group);
    health.set("a", Health.UNHEALTHY);
    group.close();
    int asked = notified.size();
    scheduler.advance(Duration.ofMinutes(5));
    assertThat(notified).hasSize(asked);
    leases.forEach(Lease::close);
    assertThat(scheduler.waiting()).isZero();
  }

  @Test
  void invalidSettings_areRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            builder()
                .endpoints(
                    EndpointPolicy.builder()
                        .drainOnUnhealthy(new Draining(Duration.ZERO, 1))
                        .build()))
        .withMessage("within: PT0S (expected: > 0, at most PT24H)");
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            builder()
                .endpoints(
                    EndpointPolicy.builder()
                        .drainOnUnhealthy(new Draining(Duration.ofSeconds(1), 0))
                        .build()))
        .withMessage("perSecond: 0.0 (expected: > 0, at most 1000000)");
  }
}
