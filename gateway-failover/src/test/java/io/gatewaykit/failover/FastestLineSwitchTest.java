// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.upstream.Health;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Selection of the line with the lowest latency. */
class FastestLineSwitchTest extends LineFixture {
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
}
