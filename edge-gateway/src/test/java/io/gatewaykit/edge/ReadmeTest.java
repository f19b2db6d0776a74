// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimitGuard;
import io.gatewaykit.servlet.GatewayFilter;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafGuard;
import jakarta.servlet.Filter;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The snippets of the README compile. */
class ReadmeTest {
  private static final Path ROOT = Path.of("..");

  @Test
  void snippet_isThisCode() throws Exception {
    // snippet
    KeyedLeakyBucket<InetAddress> perClient =
        KeyedLeakyBucket.<InetAddress>builder()
            .limit(Limit.perSecond(5).burst(5).nodelay())
            .build();
    GuardChain guards =
        GuardChain.of(
            RateLimitGuard.builder("chat", perClient).build(),
            WafGuard.builder(Waf.builder().build()).build());
    Filter filter = GatewayFilter.of(guards); // or, in a Netty pipeline, GatewayHandler.of(guards)
    // end
    filter.destroy();
    String source = Files.readString(Path.of("src/test/java/io/gatewaykit/edge/ReadmeTest.java"));
    String snippet =
        source.substring(source.indexOf("// snippet\n") + 11, source.indexOf("    // end\n"));
    String readme = Files.readString(ROOT.resolve("README.md"));
    assertThat(readme).contains(snippet.indent(-4).stripTrailing());
    assertThat(readme.lines().filter(line -> line.startsWith("import ")))
        .isNotEmpty()
        .allSatisfy(line -> assertThat(source).contains(line));
  }
}
