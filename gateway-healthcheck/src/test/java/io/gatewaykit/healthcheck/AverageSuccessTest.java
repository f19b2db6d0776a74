// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static io.gatewaykit.healthcheck.VirtualNetwork.targets;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.healthcheck.state.TargetState;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The figures of Finagle's failure accrual. */
class AverageSuccessTest {

  private final VirtualNetwork network = new VirtualNetwork();

  @AfterEach
  void close() {
    network.close();
  }

  /** Alternating results for thirty seconds; the next failure ejects according to the average. */
  @Test
  void alternating_isEjectedAfterAWindow_notByTheRow() {
    Outliers outliers =
        Outliers.builder()
            .consecutiveFailures(3)
            .averageSuccess(0.8, Duration.ofSeconds(30), 5)
            .build();
    try (var checker = checker(outliers)) {
      TargetHandle handle = requireNonNull(checker.target("t0"));
      for (int second = 0; second < 30; second++) {
        report(handle, second % 2 == 0);
        assertThat(handle.state()).isNotEqualTo(TargetState.EJECTED);
        network.pass(Duration.ofSeconds(1));
      }
      handle.reportTimeout();
      assertThat(handle.state()).isEqualTo(TargetState.EJECTED);
      assertThat(checker.snapshot().targets().get(0).cause())
          .startsWith("average success rate ")
          .endsWith(" % below 80.0 %");
    }
  }

  @Test
  void returned_isEvaluatedAgain() {
    Outliers outliers =
        Outliers.builder()
            .averageSuccess(0.5, Duration.ofSeconds(10), 2)
            .ejection(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ZERO)
            .build();
    try (var checker = checker(outliers)) {
      TargetHandle handle = requireNonNull(checker.target("t0"));
      for (int round = 0; round < 2; round++) {
        for (int second = 0; second < 10; second++) {
          handle.reportTimeout();
          assertThat(handle.state()).as("round " + round).isNotEqualTo(TargetState.EJECTED);
          network.pass(Duration.ofSeconds(1));
        }
        handle.reportTimeout();
        assertThat(handle.state()).isEqualTo(TargetState.EJECTED);
        network.pass(Duration.ofSeconds(6));
      }
    }
  }

  private HealthChecker checker(Outliers outliers) {
    HealthChecker checker = network.outlierChecker(outliers).build();
    checker.setTargets(targets(3));
    network.settle();
    return checker;
  }

  private static void report(TargetHandle handle, boolean success) {
    if (success) {
      handle.reportSuccess();
    } else {
      handle.reportStatus(500);
    }
  }
}
