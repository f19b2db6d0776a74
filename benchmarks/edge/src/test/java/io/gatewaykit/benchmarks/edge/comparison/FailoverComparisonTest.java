// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.edge.comparison;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatewaykit.benchmarks.edge.comparison.FailoverComparison.Result;
import io.gatewaykit.benchmarks.edge.comparison.FailoverComparison.Timing;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The short form of {@code benchmarks/scripts/edge-failover.sh}. */
@Timeout(120)
@Tag("slow")
class FailoverComparisonTest {
  @ParameterizedTest
  @CsvSource({"NGINX, KILLED", "HAPROXY, ERRORS", "GATEWAY, KILLED", "GATEWAY, FROZEN"})
  void fault_movesTrafficToTheBackup_andTheGatewayLosesNothing(
      Proxy proxy, Fault fault, @TempDir Path folder) throws Exception {
    List<String> missing = FailoverComparison.missing(proxy);
    assumeTrue(missing.isEmpty(), () -> "needs the Debian packages " + missing);
    try (var comparison = new FailoverComparison(folder)) {
      Result result = comparison.run(proxy, fault, Timing.SHORT);
      assertThat(result.seen().requests()).isPositive();
      if (proxy == Proxy.GATEWAY) {
        assertThat(result.seen().failed()).isZero();
      }
      assertThat(result.firstBackupMillis()).isNotNegative();
    }
  }

  @Test
  void recording_containsTheResponseTimesOfTheLines() {
    var recording =
        new Recording(
            9,
            1,
            0,
            7,
            List.of(
                new Recording.Slice(100, 2, 0, 0),
                new Recording.Slice(110, 0, 1, 1),
                new Recording.Slice(900, 1, 1, 0),
                new Recording.Slice(1500, 3, 0, 0)));
    assertThat(recording.firstBackupAfter(100)).isEqualTo(10);
    assertThat(recording.firstBackupAfter(1000)).isEqualTo(-1);
    assertThat(recording.backAfter(110)).isEqualTo(1390);
    assertThat(recording.backAfter(2000)).isEqualTo(-1);
  }
}
