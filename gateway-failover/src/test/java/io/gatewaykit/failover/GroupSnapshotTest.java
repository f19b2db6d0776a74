// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.GroupSnapshot.EndpointStatus;
import io.gatewaykit.failover.GroupSnapshot.LineRole;
import io.gatewaykit.failover.GroupSnapshot.LineView;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class GroupSnapshotTest {
  private final ManualTicker ticker = new ManualTicker(-5);
  private final FailoverGroup<String> group =
      FailoverGroup.<String>builder("chat")
          .line(Line.of("first", 0, Endpoint.of("a", "A")))
          .line(Line.of("second", 1, Endpoint.of("b", "B")))
          .endpoints(EndpointPolicy.builder().maxFails(2).build())
          .lines(LinePolicy.builder().switcher(LineSwitcher.immediate()).build())
          .ticker(ticker)
          .build();

  @Test
  void snapshot_beforeTraffic_showsStandby() {
    ticker.advance(Duration.ofSeconds(1));
    LineView line = line(0);
    assertThat(line.state()).isEqualTo(LineRole.STANDBY);
    assertThat(line.lastChange().age()).isEqualTo(Duration.ofSeconds(1));
    assertThat(line.lastChange().since()).isEqualTo(-5);
    assertThat(line.traffic().successPercent()).isNaN();
    assertThat(line.traffic().p50Nanos()).isEqualTo(-1);
    assertThat(line.traffic().pickShare()).isZero();
    assertThat(group.snapshot().switches()).isEmpty();
  }

  @Test
  void snapshot_afterEjection_showsStartCauseAndNewActiveLine() {
    attempt(Outcome.SUCCESS);
    attempt(Outcome.FAILURE);
    attempt(Outcome.FAILURE);
    attempt(Outcome.SUCCESS);
    ticker.advance(Duration.ofSeconds(3));

    LineView first = line(0);
    assertThat(first.state()).isEqualTo(LineRole.DOWN);
    assertThat(first.lastChange().cause()).isEqualTo("no endpoint available");
    var endpoint = first.endpoints().get(0);
    assertThat(endpoint.state()).isEqualTo(EndpointStatus.EJECTED);
    assertThat(endpoint.lastChange().cause()).isEqualTo("2 consecutive failures");
    assertThat(endpoint.lastChange().age()).isEqualTo(Duration.ofMillis(3010));
    assertThat(endpoint.traffic().successPercent()).isCloseTo(33.3, within(0.1));
    assertThat(endpoint.traffic().pickShare()).isEqualTo(0.75);
    assertThat((double) endpoint.traffic().p95Nanos()).isCloseTo(1e7, within(6e5));
    assertThat(line(1).state()).isEqualTo(LineRole.ACTIVE);
    assertThat(group.snapshot().switches())
        .singleElement()
        .satisfies(move -> {
          assertThat(move.from()).isEqualTo("first");
          assertThat(move.to()).isEqualTo("second");
          assertThat(move.cause()).isEqualTo("line first has no available endpoint");
          assertThat(move.age()).isEqualTo(Duration.ofMillis(3010));
        });
  }

  @Test
  void snapshot_ejectionElapsed_isTheCauseOfAvailability() {
    attempt(Outcome.FAILURE);
    attempt(Outcome.FAILURE);
    ticker.advance(Duration.ofSeconds(10));
    var endpoint = line(0).endpoints().get(0);
    assertThat(endpoint.state()).isEqualTo(EndpointStatus.AVAILABLE);
    assertThat(endpoint.lastChange().cause()).isEqualTo("ejection time elapsed");
  }

  @Test
  void switches_many_keepsTheLast50NewestFirst() {
    for (int i = 0; i < 40; i++) { // each round: to the second line, and back
      attempt(Outcome.FAILURE);
      attempt(Outcome.FAILURE);
      attempt(Outcome.SUCCESS);
      ticker.advance(Duration.ofSeconds(11));
      attempt(Outcome.SUCCESS);
    }
    var switches = group.snapshot().switches();
    assertThat(switches).hasSize(50);
    assertThat(switches.get(0).to()).isEqualTo("first");
    assertThat(switches.get(0).age()).isLessThan(switches.get(49).age());
  }

  @Test
  void snapshot_retriesAndRequestsWithoutAnyEndpoint_areCounted() {
    Attempts<String> attempts = group.begin(true);
    requireNonNull(attempts.next()).end(Outcome.FAILURE, 0);
    requireNonNull(attempts.next()).end(Outcome.FAILURE, 0);
    assertThat(attempts.next()).isNull();
    attempt(Outcome.SUCCESS);

    assertThat(line(0).traffic().picks()).isEqualTo(2);
    assertThat(line(0).traffic().retries()).isZero();
    assertThat(line(1).traffic().retries()).isEqualTo(1);
    assertThat(group.snapshot().exhausted()).isEqualTo(1);
  }

  private LineView line(int index) {
    return group.snapshot().lines().get(index);
  }

  private void attempt(Outcome outcome) {
    Lease<String> lease = requireNonNull(group.begin(true).next());
    ticker.advance(Duration.ofMillis(10));
    lease.end(outcome, 0);
  }
}
