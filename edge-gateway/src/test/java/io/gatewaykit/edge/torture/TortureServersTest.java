// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Servers behind the gateway detect the requests that the gateway has forwarded, and no others. */
@Timeout(300)
@Tag("slow")
class TortureServersTest {
  private static final int PATIENCE_MILLIS = 20_000;

  @ParameterizedTest
  @EnumSource
  void noServer_detectsAnotherRequest(TortureComparison.Server server, @TempDir Path folder)
      throws Exception {
    switch (server) {
      case NGINX ->
          assumeThat(Path.of("/usr/sbin/nginx")).as("needs the package nginx-light").exists();
      case NODE -> assumeThat(Path.of("/usr/bin/node")).as("needs the package nodejs").exists();
      case JDK -> {}
    }
    var problems = new ArrayList<String>();
    int cases = 0;
    try (var comparison = new TortureComparison(folder)) {
      TortureRunner runner = comparison.before(server, PATIENCE_MILLIS);
      for (String group : TortureCase.GROUPS.keySet()) {
        for (TortureCase test :
            TortureComparison.isScripted(group)
                ? List.<TortureCase>of()
                : TortureCase.sample(group)) {
          cases++;
          List<String> found = runner.runBeforeServer(test);
          if (!found.isEmpty()) {
            problems.add(test + ": " + found);
          }
        }
      }
    }
    assertThat(problems).isEmpty();
    assertThat(cases).isGreaterThan(600);
  }
}
