// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.healthcheck.state.ProbeResult;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/** Sends one real probe to a target, and waits for its outcome. */
final class ProbeOnce {
  private ProbeOnce() {}

  static ProbeResult of(Probe probe, InetSocketAddress address) throws InterruptedException {
    return of(probe, new Target("only", address), Duration.ofSeconds(20));
  }

  static ProbeResult of(Probe probe, Target target, Duration timeout) throws InterruptedException {
    try (var engine = ProbeEngine.builder().build();
        var checker = checker(engine, probe, timeout)) {
      checker.setTargets(List.of(target));
      requireNonNull(checker.target(target.id())).reportTcpFailure(); // triggers an immediate probe
      assertThat(checker.awaitFirstRound(Duration.ofSeconds(50))).isTrue();
      return requireNonNull(checker.snapshot().targets().get(0).lastProbe());
    }
  }

  private static HealthChecker checker(ProbeEngine engine, Probe probe, Duration timeout) {
    return HealthChecker.builder("once")
        .engine(engine)
        .probe(probe)
        .schedule(ProbeSchedule.builder().interval(Duration.ofMinutes(1)).timeout(timeout).build())
        .build();
  }
}
