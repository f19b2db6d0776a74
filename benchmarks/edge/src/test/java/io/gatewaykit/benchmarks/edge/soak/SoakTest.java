// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.edge.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The short form of {@link Soak}; {@code benchmarks/scripts/edge-soak.sh} runs the long form. */
@Tag("slow")
class SoakTest {
  @Test
  @Timeout(180)
  void allFaults_loseNoIdempotentRequest(@TempDir Path folder) throws Exception {
    assumeTrue(Wrk.isInstalled(), "needs the Debian package wrk");
    Soak.Report report = new Soak(folder, Duration.ofSeconds(9), Duration.ofSeconds(3)).run();
    assertThat(report.errors()).isEmpty();
    assertThat(report.requests()).isPositive();
    assertThat(report.lost()).isZero();
    assertThat(report.lineFailures()).isPositive();
    assertThat(report.reloads()).as("changes of the configuration").isGreaterThan(1);
    assertThat(report.floods()).isPositive();
    assertThat(report.refusedBodies()).isPositive().isLessThan(report.bodies());
    assertThat(SoakPlot.svg(report.samples(), "short")).contains("dedicated-hk");
  }

  @Test
  void wrkOutput_countsAllButGoodResponsesAsLost() {
    Wrk.Result result =
        Wrk.parse(
            """
              Latency Distribution
                 50%    1.10ms
                 99%    1.25s
              9000 requests in 3.00s, 1MB read
              Socket errors: connect 1, read 2, write 3, timeout 4
              Non-2xx or 3xx responses: 5
            """);
    assertThat(result).isEqualTo(new Wrk.Result(9000, 15, 1250));
  }
}
