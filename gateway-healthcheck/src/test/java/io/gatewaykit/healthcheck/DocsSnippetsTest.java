// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.Outcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The snippet of docs/healthcheck.md, line by line. */
class DocsSnippetsTest {
  @Test
  void snippet_compilesAndBehavesAsDocumented() throws IOException {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 9);
    long latencyNanos = 1_000_000;
    // snippet
    try (ProbeEngine engine = ProbeEngine.builder().build();
        HealthChecker checker =
            HealthChecker.builder("shop")
                .engine(engine)
                .probe(Probe.http("/health"))
                .schedule(ProbeSchedule.every(Duration.ofSeconds(5)))
                .build()) {
      checker.setTargets(List.of(new Target("shop-1", address)));
      checker.report("shop-1", Outcome.SUCCESS, 200, latencyNanos); // a real request
      boolean mayUse = checker.health("shop-1").available();
      // end
      assertThat(mayUse).isTrue();
      assertThat(checker.health("shop-1")).isEqualTo(Health.HEALTHY);
    }
    String page = Files.readString(Path.of("../docs/healthcheck.md"));
    String source =
        Files.readString(Path.of("src/test/java/io/gatewaykit/healthcheck/DocsSnippetsTest.java"));
    String snippet =
        source.substring(source.indexOf("// snippet\n") + 11, source.indexOf("      // end\n"));
    assertThat(page).contains(snippet.indent(-4).stripTrailing());
  }
}
